import type { MetricColumns } from "@/api/types";

/** Rows of a curve as a tick brings them. */
export function piece(start: number, next: number, columns: MetricColumns["columns"]): MetricColumns {
  return { start, next, resolution: "full", columns, lows: {}, highs: {}, counts: [] };
}
