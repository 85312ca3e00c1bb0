import { useEffect } from "react";

import { fetchColumns } from "@/api/jobs";
import { STEP } from "@/components/curves/curve";
import { axisOf } from "@/components/curves/plot-data";
import type { CurveView } from "@/components/curves/view";
import type { CurveStore } from "@/features/jobs/curve-store";

/** More than a chart has pixels; a part with more rows stays reduced, and is asked for again when zoomed further. */
const POINTS = 4000;
const AFTER_MS = 250;

/** Gets each step of what was zoomed into, where the curve stands reduced. */
export function useExactZoom(jobId: string, store: CurveStore, { zoom, x }: CurveView): void {
  useEffect(() => {
    if (!zoom) return;
    const aborter = new AbortController();
    const timer = setTimeout(() => {
      const range = stepsWithin(store, x, zoom);
      if (!range || !store.curve.isReduced(range.from, range.to)) return;
      // A failure leaves the reduced view, which says what it is.
      fetchColumns(jobId, { ...range, points: POINTS }, aborter.signal).then(
        (exact) => store.refine(range.from, range.to, exact),
        () => undefined,
      );
    }, AFTER_MS);
    return () => {
      clearTimeout(timer);
      aborter.abort();
    };
  }, [jobId, store, zoom, x]);
}

/** The steps between two places on the axis, one point more at each end. */
function stepsWithin({ curve }: CurveStore, x: CurveView["x"], { min, max }: { min: number; max: number }) {
  const [xs, steps] = [axisOf(curve, x), curve.column(STEP)];
  const first = xs.findIndex((value) => value >= min);
  const last = xs.findLastIndex((value) => value <= max);
  if (first < 0 || last < 0) return null;
  return { from: Math.floor(steps[Math.max(0, first - 1)] ?? 0), to: Math.ceil(steps[Math.min(last + 1, steps.length - 1)] ?? 0) };
}
