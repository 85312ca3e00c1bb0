import type { MetricColumns } from "@/api/types";
import { Store } from "@/lib/store";

export type Column = (number | null)[];

export interface CurveColumns {
  columns: Record<string, Column>;
  rows: number;
}

/** A job's metrics by column. The cursor is the row's index: steps may repeat after a resume, indices do not. */
export class CurveStore extends Store<CurveColumns> {
  constructor() {
    super({ columns: {}, rows: 0 });
  }

  append({ start, next, columns }: MetricColumns): void {
    const before = this.get();
    if (start === before.rows && next === start) return;
    const kept = Math.min(start, before.rows);
    const added = next - start;
    const names = new Set([...Object.keys(before.columns), ...Object.keys(columns)]);
    const joined = [...names].map((name): [string, Column] => [
      name,
      [...(own(before.columns, name)?.slice(0, kept) ?? empty(kept)), ...(own(columns, name) ?? empty(added))],
    ]);
    this.set({ columns: Object.fromEntries(joined), rows: kept + added });
  }
}

/** A metric may have any name, "constructor" too, which every object answers to. */
function own(columns: Record<string, Column>, name: string): Column | undefined {
  return Object.hasOwn(columns, name) ? columns[name] : undefined;
}

function empty(rows: number): Column {
  return Array.from({ length: rows }, () => null);
}

export interface Curve {
  steps: number[];
  /** Value of each name at each step. */
  series: Record<string, Column>;
}

/**
 * The columns over one rising axis of steps: what several rows tell about one step is joined, and where a resume went
 * back, its steps replace those that it did again.
 */
export function curveOf({ columns }: CurveColumns, names: string[]): Curve {
  const steps: number[] = [];
  const series: Record<string, Column> = Object.fromEntries(names.map((name) => [name, []]));
  (columns.step ?? []).forEach((step, row) => {
    if (step === null) return;
    while ((steps.at(-1) ?? -1) > step) {
      steps.pop();
      for (const name of names) series[name]?.pop();
    }
    if (steps.at(-1) !== step) {
      steps.push(step);
      for (const name of names) series[name]?.push(null);
    }
    for (const name of names) {
      const value = columns[name]?.[row] ?? null;
      const column = series[name];
      if (value !== null && column) column[column.length - 1] = value;
    }
  });
  return { steps, series };
}
