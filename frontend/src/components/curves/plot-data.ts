/** What of a curve a chart draws: smoothed first, then cut to what is looked at. */

import { type Curve, STEP } from "@/components/curves/curve";
import { smooth } from "@/components/curves/ema";
import type { Axis, CurveView, Range } from "@/components/curves/view";

export type Values = (number | null)[];

/** A line of a chart: how it looks, without its values. */
export interface LineStyle {
  label: string;
  /** A colour of the theme, as in `--chakra-colors-…`. */
  color: string;
  /** Drawn in the background, and not named above the chart. */
  faint?: boolean;
  dash?: number[];
  /** Mark every value: for series with few of them. */
  points?: boolean;
  /** Filled up to the line before it: the two are extremes. */
  band?: boolean;
}

export interface PlotData {
  x: number[];
  lines: Values[];
  /** Values that a logarithmic axis has no place for. */
  leftOut: number;
}

export interface Metric {
  name: string;
  label: string;
  color: string;
  /** Noisy: it is smoothed, and drawn raw behind that. */
  smooths?: boolean;
  /** Told now and then. */
  seldom?: boolean;
}

/** The lines that some metrics of a curve make. */
export function stylesOf(metrics: Metric[], curve: Curve, { smoothing }: CurveView): LineStyle[] {
  return metrics.filter(({ name }) => curve.has(name)).flatMap((metric) => stylesOfOne(metric, curve, smoothing));
}

function stylesOfOne({ name, label, color, smooths, seldom }: Metric, curve: Curve, smoothing: number): LineStyle[] {
  if (seldom) return [{ label, color, dash: [6, 4], points: true }];
  const raw: LineStyle = { label: `${label}, raw`, color, faint: true };
  const behind = curve.extremes(name) ? [raw, { ...raw, label: `${label}, highest`, band: true }] : [raw];
  return smooths && smoothing > 0 ? [...behind, { label, color }] : [{ label, color }];
}

/** The values of those lines. */
export function plotData(metrics: Metric[], curve: Curve, view: CurveView): PlotData {
  const xs = axisOf(curve, view.x);
  const rows = rowsWithin(xs, view.last);
  const shown: Float64Array[] = [];
  for (const { name, smooths, seldom } of metrics) {
    if (!curve.has(name)) continue;
    const values = curve.column(name);
    const smoothed = smooths === true && seldom !== true && view.smoothing > 0;
    const extremes = smoothed ? curve.extremes(name) : null;
    if (extremes) shown.push(orElse(extremes.lows, values), orElse(extremes.highs, values));
    else if (smoothed) shown.push(values);
    shown.push(smoothed ? smooth(values, view.smoothing, curve.weights) : values);
  }
  let leftOut = 0;
  const lines = shown.map((values) => {
    const taken = listed(values, rows, view.log);
    leftOut = Math.max(leftOut, taken.leftOut);
    return taken.values;
  });
  return { x: listed(xs, rows, false).values as number[], lines, leftOut };
}

/** The axis at each point: steps, tokens seen, or seconds since the first. */
export function axisOf(curve: Curve, axis: Axis): Float64Array {
  const values = curve.column(axis === "step" || !curve.has(axis) ? STEP : axis);
  if (axis !== "time" || !curve.has(axis)) return values;
  const first = values.find((value) => !Number.isNaN(value)) ?? 0;
  return values.map((value) => value - first);
}

/** The points that have a place on the axis, rising: clocks are set back now and then. */
function rowsWithin(xs: Float64Array, last: boolean): Uint32Array {
  const rows = new Uint32Array(xs.length);
  let count = 0;
  let before = -Infinity;
  for (let at = 0; at < xs.length; at += 1) {
    const x = xs[at] ?? NaN;
    if (x > before) {
      rows[count] = at;
      count += 1;
      before = x;
    }
  }
  const all = rows.subarray(0, count);
  if (!last || count === 0) return all;
  const end = xs[all[count - 1] ?? 0] ?? 0;
  const begin = end - 0.1 * (end - (xs[all[0] ?? 0] ?? 0));
  return all.subarray(all.findIndex((at) => (xs[at] ?? 0) >= begin));
}

function listed(values: Float64Array, rows: Uint32Array, onlyPositive: boolean): { values: Values; leftOut: number } {
  const list: Values = new Array<number | null>(rows.length);
  let leftOut = 0;
  for (let index = 0; index < rows.length; index += 1) {
    const value = values[rows[index] ?? 0] ?? NaN;
    const fits = !onlyPositive || value > 0;
    list[index] = Number.isNaN(value) || !fits ? null : value;
    if (!fits && !Number.isNaN(value)) leftOut += 1;
  }
  return { values: list, leftOut };
}

function orElse(values: Float64Array, others: Float64Array): Float64Array {
  return values.map((value, at) => (Number.isNaN(value) ? (others[at] ?? NaN) : value));
}

const SAMPLED = 2000;
const OUTERMOST = 0.02;

/** The range of all but the outermost values, a sample of them sorted. */
export function usualRange(lines: Values[]): Range | null {
  const values = lines.flatMap((line) => {
    const stride = Math.max(1, Math.floor(line.length / SAMPLED));
    return line.filter((value, at) => value !== null && at % stride === 0) as number[];
  });
  if (values.length < 5) return null;
  values.sort((a, b) => a - b);
  const cut = Math.ceil(values.length * OUTERMOST);
  const [min, max] = [values[cut] ?? 0, values[values.length - 1 - cut] ?? 0];
  return min < max ? { min, max } : null;
}
