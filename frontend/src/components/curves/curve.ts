import type { MetricColumns } from "@/api/types";
import { Growable } from "@/components/curves/growable";

type Columns = MetricColumns["columns"];

export const STEP = "step";

/**
 * A run's metrics over one rising axis of steps: what several rows tell about one step is joined, and where a resume
 * went back, its steps replace those that it did again. Grows in place; a tick costs its own rows alone.
 */
export class Curve {
  /** Points so far. */
  length = 0;
  private values = new Map<string, Growable>();
  private lows = new Map<string, Growable>();
  private highs = new Map<string, Growable>();
  private counts = new Growable();

  static of(piece: MetricColumns): Curve {
    const curve = new Curve();
    curve.append(piece);
    return curve;
  }

  append({ columns, lows, highs, counts }: MetricColumns): void {
    const steps = own(columns, STEP) ?? [];
    steps.forEach((step, row) => {
      if (step === null) return;
      const at = this.placeOf(step);
      put(this.values, columns, row, at);
      put(this.lows, lows, row, at);
      put(this.highs, highs, row, at);
      this.counts.set(at, counts[row] ?? 1);
    });
  }

  /** Puts the exact points of some steps where reduced ones were. */
  refine(from: number, to: number, exact: MetricColumns): void {
    const before = this.copy((step) => step < from);
    const after = this.copy((step) => step > to);
    Object.assign(this, new Curve());
    for (const piece of [before, exact, after]) this.append(piece);
  }

  /** The metrics there are, by their first appearance. */
  get names(): string[] {
    return [...this.values.keys()];
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  /** A metric at each point; NaN where it was not told. */
  column(name: string): Float64Array {
    return this.values.get(name)?.first(this.length) ?? new Float64Array(this.length).fill(NaN);
  }

  /** The extremes of a metric, where points stand for several rows. */
  extremes(name: string): { lows: Float64Array; highs: Float64Array } | null {
    const [low, high] = [this.lows.get(name), this.highs.get(name)];
    return low && high ? { lows: low.first(this.length), highs: high.first(this.length) } : null;
  }

  /** How many rows each point stands for. */
  get weights(): Float64Array {
    return this.counts.first(this.length);
  }

  /** Whether some points between two steps stand for several rows. */
  isReduced(from = -Infinity, to = Infinity): boolean {
    const steps = this.column(STEP);
    return this.weights.some((count, at) => count > 1 && (steps[at] ?? 0) >= from && (steps[at] ?? 0) <= to);
  }

  /** Where a step's point is; what a resume did again is forgotten first. */
  private placeOf(step: number): number {
    const steps = this.values.get(STEP)?.first(this.length) ?? new Float64Array(0);
    let length = this.length;
    while (length > 0 && (steps[length - 1] ?? 0) > step) length -= 1;
    if (length < this.length) this.cut(length);
    if (length > 0 && steps[length - 1] === step) return length - 1;
    this.length = length + 1;
    return length;
  }

  private cut(length: number): void {
    for (const columns of [this.values, this.lows, this.highs]) for (const column of columns.values()) column.cut(length);
    this.length = length;
  }

  private copy(takes: (step: number) => boolean): MetricColumns {
    const steps = this.column(STEP);
    const rows = [...steps.keys()].filter((at) => takes(steps[at] ?? 0));
    const taken = (columns: Map<string, Growable>): Columns => {
      const entries = [...columns].map(([name, column]) => {
        const cells = column.first(this.length);
        return [name, rows.map((at) => known(cells[at]))];
      });
      return Object.fromEntries(entries) as Columns;
    };
    const counts = rows.map((at) => this.weights[at] ?? 1);
    const [columns, lows, highs] = [taken(this.values), taken(this.lows), taken(this.highs)];
    return { start: 0, next: 0, resolution: "buckets", columns, lows, highs, counts };
  }
}

/** A metric may have any name, "constructor" too, which every object answers to. */
function own(columns: Columns, name: string): (number | null)[] | undefined {
  return Object.hasOwn(columns, name) ? columns[name] : undefined;
}

function put(kept: Map<string, Growable>, columns: Columns, row: number, at: number): void {
  for (const name of Object.keys(columns)) {
    const value = columns[name]?.[row] ?? null;
    if (value === null) continue;
    let column = kept.get(name);
    if (!column) kept.set(name, (column = new Growable()));
    column.set(at, value);
  }
}

function known(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
