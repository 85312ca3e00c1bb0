/** Generated records as the service tells of them. */

import type { Spending } from "@/api/spending";
import type { JsonValue } from "@/api/types";

export interface GeneratedRow {
  id: string;
  status: "accepted" | "rejected";
  subtopic: string;
  /** As it would be published; of an invalid one, as the model wrote it. */
  record: JsonValue;
  reason: string | null;
  detail: string;
  quality: number | null;
  similarity: number | null;
  /** What a person made of it; null while nobody has. */
  decision: "accept" | "edit" | "reject" | null;
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
export interface GenerationPlan {
  estimate: Spending;
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
