import type { MetricColumns } from "@/api/types";
import { Curve } from "@/components/curves/curve";
import { Store } from "@/lib/store";

/** A job's curve as it grows; the snapshot is a number that changes with it. */
export class CurveStore extends Store<number> {
  curve = new Curve();
  /** Rows of the file so far, where the next piece begins: steps may repeat after a resume, indices do not. */
  rows: number | undefined;

  constructor() {
    super(0);
  }

  append(piece: MetricColumns): void {
    const isFresh = piece.start !== this.rows;
    if (!isFresh && piece.next === piece.start) return;
    if (isFresh) this.curve = new Curve();
    this.rows = piece.next;
    this.curve.append(piece);
    this.set(this.get() + 1);
  }

  refine(from: number, to: number, exact: MetricColumns): void {
    this.curve.refine(from, to, exact);
    this.set(this.get() + 1);
  }
}
