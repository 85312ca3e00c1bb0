/** What the list of runs shows, as its address says it: shareable, and the back button takes it back. */

import type { JobListQuestion } from "@/api/history";
import { STATUSES } from "@/components/StatusPill";
import type { JobOrder, JobStatus } from "@/api/types";

export const PAGE_SIZE = 50;
const FIRST: JobOrder = "-created";

/** By what the list can be sorted, each with the order that is meant when it is asked for first. */
const ORDERS = { created: "-created", finished: "-finished", name: "name", duration: "-duration", loss: "loss" } as const satisfies Record<string, JobOrder>;
export type SortField = keyof typeof ORDERS;

export interface JobsView {
  question: JobListQuestion;
  /** Whether anything narrows the list. */
  filtered: boolean;
}

export function viewOf(search: URLSearchParams): JobsView {
  const status = search.getAll("status").filter((value): value is JobStatus => (STATUSES as string[]).includes(value));
  const [kind, tag] = [search.getAll("kind"), search.getAll("tag")];
  const q = search.get("q")?.trim() ?? "";
  const page = Math.max(1, Math.floor(Number(search.get("page"))) || 1);
  return {
    question: { q, status, kind, tag, sort: orderOf(search), limit: PAGE_SIZE, offset: (page - 1) * PAGE_SIZE },
    filtered: q !== "" || status.length + kind.length + tag.length > 0,
  };
}

function orderOf(search: URLSearchParams): JobOrder {
  const asked = search.get("sort") ?? FIRST;
  return Object.hasOwn(ORDERS, asked.replace(/^-/, "")) ? (asked as JobOrder) : FIRST;
}

export type FilterName = "status" | "kind" | "tag";

/** The address with one value of a filter put on, or taken off where it is on. */
export function toggled(search: URLSearchParams, name: FilterName, value: string): string {
  const next = new URLSearchParams(search);
  const others = search.getAll(name).filter((given) => given !== value);
  const wasOn = others.length < search.getAll(name).length;
  next.delete(name);
  for (const given of wasOn ? others : [...others, value]) next.append(name, given);
  next.delete("page");
  return next.toString();
}

/** The address with these words to search for. */
export function searching(search: URLSearchParams, words: string): URLSearchParams {
  const next = new URLSearchParams(search);
  if (words.trim()) next.set("q", words.trim());
  else next.delete("q");
  next.delete("page");
  return next;
}

/** The address sorted by this field: again turns the order around. */
export function sortedBy(search: URLSearchParams, field: SortField): string {
  const current = orderOf(search);
  const next = new URLSearchParams(search);
  const asked = current.replace(/^-/, "") === field ? (current.startsWith("-") ? field : `-${field}`) : ORDERS[field];
  if (asked === FIRST) next.delete("sort");
  else next.set("sort", asked);
  next.delete("page");
  return next.toString();
}

/** As `aria-sort` says it. */
export function directionOf(order: JobOrder, field: SortField): "ascending" | "descending" | undefined {
  if (order.replace(/^-/, "") !== field) return undefined;
  return order.startsWith("-") ? "descending" : "ascending";
}

export function onPage(search: URLSearchParams, offset: number): URLSearchParams {
  const next = new URLSearchParams(search);
  if (offset === 0) next.delete("page");
  else next.set("page", String(offset / PAGE_SIZE + 1));
  return next;
}
