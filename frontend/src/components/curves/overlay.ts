/** Curves of several runs in one chart: each has steps of its own, a chart has one axis for all. */

import type { Curve } from "@/components/curves/curve";
import { type LineStyle, type Metric, plotData, type PlotData, type Values } from "@/components/curves/plot-data";
import type { CurveView } from "@/components/curves/view";

export interface OverlaidRun {
  id: string;
  label: string;
  curve: Curve;
}

/** Told apart without colours, too. */
const LOOKS: Pick<LineStyle, "color" | "dash">[] = [
  { color: "data-train" },
  { color: "data-eval", dash: [8, 4] },
  { color: "data-rate", dash: [2, 3] },
  { color: "data-fourth", dash: [10, 3, 2, 3] },
  { color: "data-fifth", dash: [4, 4] },
  { color: "data-sixth", dash: [14, 4] },
];

export function lookOf(index: number): Pick<LineStyle, "color" | "dash"> {
  return LOOKS[index % LOOKS.length] ?? { color: "data-train" };
}

/** A line for each run that tells the metric. */
export function overlaidStyles(runs: OverlaidRun[], metric: string): LineStyle[] {
  return runs.flatMap(({ label, curve }, index) => (curve.has(metric) ? [{ label, ...lookOf(index) }] : []));
}

export function overlaidData(runs: OverlaidRun[], metric: string, view: CurveView): PlotData {
  const drawn: Metric = { name: metric, label: metric, color: "", smooths: true };
  const parts = runs.filter(({ curve }) => curve.has(metric)).map(({ curve }) => plotData([drawn], curve, view));
  const x = [...new Set(parts.flatMap((part) => part.x))].sort((a, b) => a - b);
  // The last line of a part is the smoothed one; what is raw stands behind it.
  return {
    x,
    lines: parts.map((part) => spread(part.x, part.lines.at(-1) ?? [], x)),
    leftOut: Math.max(0, ...parts.map((part) => part.leftOut)),
  };
}

/** The values at their places on a longer axis; nothing in between. */
function spread(own: number[], values: Values, axis: number[]): Values {
  let next = 0;
  return axis.map((x) => {
    if (own[next] !== x) return null;
    next += 1;
    return values[next - 1] ?? null;
  });
}
