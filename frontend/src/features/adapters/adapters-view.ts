/** Which adapters are listed, in which order: both are part of the address. */

import type { EvaluationEntry } from "@/api/evaluation-types";
import type { Adapter } from "@/api/types";

export type Column = "name" | "base" | "rank" | "size" | "trained" | "score";

export interface Order {
  column: Column;
  descending: boolean;
}

/** An adapter with the latest evaluation that gave it a score. */
export interface Listed {
  adapter: Adapter;
  latest: EvaluationEntry | undefined;
}

const COLUMNS: Column[] = ["name", "base", "rank", "size", "trained", "score"];

/** `-trained` -> the newest first, which is also what an address without an order means. */
export function orderOf(search: URLSearchParams): Order {
  const given = search.get("sort") ?? "-trained";
  const column = COLUMNS.find((known) => known === given.replace(/^-/, ""));
  return column ? { column, descending: given.startsWith("-") } : { column: "trained", descending: true };
}

/** The address part for a press on a heading: the same one turns the order around; numbers begin with the greatest. */
export function sortedBy(search: URLSearchParams, column: Column): string {
  const now = orderOf(search);
  const descending = now.column === column ? !now.descending : column !== "name" && column !== "base";
  const next = new URLSearchParams(search);
  next.set("sort", `${descending ? "-" : ""}${column}`);
  return next.toString();
}

/** What an adapter is and was called; evaluations keep the name that it had then. */
export function namesOf(adapter: Adapter): string[] {
  const former = adapter.former_names;
  return [adapter.name, ...(Array.isArray(former) ? former.filter((name) => typeof name === "string") : [])];
}

/** The evaluations of an adapter, newest first; one from before its training was of another of that name. */
export function evaluationsOf(adapter: Adapter, evaluations: EvaluationEntry[]): EvaluationEntry[] {
  const names = namesOf(adapter);
  const born = Date.parse(adapter.training_date);
  return evaluations.filter((run) => run.models.some((model) => names.includes(model)) && !(Date.parse(run.created_at) < born));
}

export function listed(adapters: Adapter[], evaluations: EvaluationEntry[]): Listed[] {
  return adapters.map((adapter) => {
    const names = namesOf(adapter);
    const own = evaluationsOf(adapter, evaluations);
    return { adapter, latest: own.find(({ model, score }) => score !== null && model !== null && names.includes(model)) };
  });
}

export function found(all: Listed[], text: string): Listed[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter(({ adapter }) => {
    const known = [...namesOf(adapter), adapter.description, adapter.base_model, adapter.dataset].join(" ").toLowerCase();
    return words.every((word) => known.includes(word));
  });
}

function keyOf({ adapter, latest }: Listed, column: Column): string | number | null {
  switch (column) {
    case "name":
      return adapter.name.toLowerCase();
    case "base":
      return adapter.base_model.toLowerCase();
    case "rank":
      return typeof adapter.lora_r === "number" ? adapter.lora_r : null;
    case "size":
      return adapter.size_bytes;
    case "trained":
      return Date.parse(adapter.training_date) || null;
    case "score":
      return latest?.score ?? null;
  }
}

/** What is not known comes last, whichever way the order goes. */
export function sorted(all: Listed[], { column, descending }: Order): Listed[] {
  return [...all].sort((one, other) => {
    const [a, b] = [keyOf(one, column), keyOf(other, column)];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    const sign = typeof a === "string" ? a.localeCompare(String(b)) : a - Number(b);
    return descending ? -sign : sign;
  });
}
