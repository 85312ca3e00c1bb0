/** Generated records as the service tells of them. */

import type { Spending } from "@/api/spending";

export interface GeneratedRow {
  row_id: string;
  status: "accepted" | "rejected";
  input: string;
  output: string;
  /** What a person made of it; null while nobody has. */
  decision: "accept" | "edit" | "reject" | null;
  reason: string | null;
}

export interface RowsPiece {
  rows: GeneratedRow[];
  next: number;
}

export type Decision = { decision: "accept" | "reject" } | { decision: "edit"; input: string; output: string };

export interface Published {
  dataset: string;
}

/** What a run will write, before anything is asked. */
export interface GenerationPlan extends Spending {
  origin: string;
  note: string;
  leaves: PlannedLeaf[];
}

export interface PlannedLeaf {
  id: string;
  branch: string;
  name: string;
  count: number;
}
