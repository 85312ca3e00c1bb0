/** What is going to be part of the dataset: the machine's verdict, unless a person has decided otherwise. */

import type { GeneratedRow } from "@/api/generation-types";
import type { JsonValue } from "@/api/types";

export function isKept({ status, decision }: GeneratedRow): boolean {
  if (decision === null) return status === "accepted";
  return decision !== "reject";
}

export type Part = "all" | "kept" | "dropped" | "decided";

export function partOf(rows: GeneratedRow[], part: Part): GeneratedRow[] {
  switch (part) {
    case "kept":
      return rows.filter(isKept);
    case "dropped":
      return rows.filter((row) => !isKept(row));
    case "decided":
      return rows.filter(({ decision }) => decision !== null);
    default:
      return rows;
  }
}

/** A record's state in words. */
export function stateOf(row: GeneratedRow): string {
  const { status, decision, reason } = row;
  switch (decision) {
    case "accept":
      return "kept by you";
    case "edit":
      return "edited by you";
    case "reject":
      return "dropped by you";
    default:
      return status === "accepted" ? "accepted" : `rejected: ${(reason ?? "unknown reason").replaceAll("_", " ")}`;
  }
}

export interface Texts {
  input: string;
  output: string;
  /** Fields beyond these two: the label's set, the answer at the end of a reasoning, the worse of two answers. */
  others: [string, string][];
}

/** A record's texts, as a person has left them; one that is not even a record is shown as it came. */
export function textsOf({ record: written, edited }: GeneratedRow): Texts {
  const record = edited ?? written;
  if (typeof record !== "object" || record === null || Array.isArray(record)) {
    return { input: record === null ? "" : plain(record), output: "", others: [] };
  }
  const { input = "", output = "", messages, ...rest } = record;
  const others = Object.entries(rest).filter(([, value]) => value !== null && value !== "");
  if (messages !== undefined && input === "") others.push(["messages", messages]);
  return { input: plain(input), output: plain(output), others: others.map(([name, value]) => [name, plain(value)]) };
}

function plain(value: JsonValue): string {
  return typeof value === "string" ? value : Array.isArray(value) && value.every((part) => typeof part === "string") ? value.join(", ") : JSON.stringify(value);
}
