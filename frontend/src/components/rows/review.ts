/** What is going to be part of the dataset: the machine's verdict, unless a person has decided otherwise. */

import type { GeneratedRow } from "@/api/generation-types";

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
