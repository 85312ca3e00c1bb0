/** How a chart looks and behaves, in uPlot's terms. */

import type uPlot from "uplot";

import { type LineStyle, type PlotData, usualRange } from "@/components/curves/plot-data";
import type { Axis, Range } from "@/components/curves/view";
import { formatCompact, formatDuration } from "@/lib/format";

/** A step that something happened at. */
export interface Mark {
  x: number;
  label: string;
}

export interface PlotInput {
  styles: LineStyle[];
  axis: Axis;
  log: boolean;
  width: number;
  height: number;
  /** Charts of one group share the cursor. */
  group: string;
  format: (value: number | null | undefined) => string;
}

/** What a plot asks for while it lives. */
export interface PlotState {
  data: PlotData;
  withoutOutliers: boolean;
  marks: Mark[];
}

export interface PlotEvents {
  state: () => PlotState;
  onCursor: (index: number | null) => void;
  onZoom: (zoom: Range | null) => void;
}

const LEAST_DRAG_PX = 6;
const MOST_MARKS = 60;

function themeColor(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--chakra-colors-${name}`).trim();
}

export function plotOptions(input: PlotInput, { state, onCursor, onZoom }: PlotEvents): uPlot.Options {
  const { styles, log, width, height, group } = input;
  return {
    width,
    height,
    legend: { show: false },
    cursor: {
      y: false,
      points: { size: 6 },
      drag: { x: true, y: false, setScale: false },
      sync: { key: group, setSeries: false },
      bind: {
        dblclick: () => () => {
          onZoom(null);
          return null;
        },
      },
    },
    scales: {
      x: { time: false, auto: false },
      y: { distr: log ? 3 : 1, range: (_, low, high) => heightOf(low, high, log, state()) },
    },
    axes: axesOf(input),
    series: [{}, ...styles.map(seriesOf)],
    bands: styles.flatMap((style, index) => (style.band ? [bandOf(style, index + 1)] : [])),
    hooks: {
      setCursor: [(chart) => onCursor(chart.cursor.idx ?? null)],
      setSelect: [(chart) => zoomTo(chart, onZoom)],
      drawAxes: [(chart) => drawMarks(chart, state().marks)],
    },
  };
}

function axesOf({ axis, format }: PlotInput): uPlot.Axis[] {
  const common = { stroke: themeColor("fg-muted"), grid: { stroke: themeColor("border"), width: 1 }, ticks: { show: false } };
  const across = axis === "time" ? formatDuration : formatCompact;
  const isShown = (tick: number) => axis === "time" || Number.isInteger(tick);
  return [
    { ...common, size: 28, space: 60, values: (_, ticks) => ticks.map((tick) => (isShown(tick) ? across(tick) : "")) },
    { ...common, size: 56, values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : format(tick))) },
  ];
}

function seriesOf({ label, color, faint, dash, points }: LineStyle): uPlot.Series {
  const stroke = themeColor(color);
  return {
    label,
    stroke,
    width: faint ? 1 : 2,
    alpha: faint ? 0.35 : 1,
    dash,
    spanGaps: true,
    points: { show: (chart, series, from, to) => isMarked(chart.data[series], from, to, points === true), size: 5, fill: stroke },
  };
}

/** Each value of a line with few of them; one value alone makes no line. */
function isMarked(values: ArrayLike<number | null | undefined> | undefined, from: number, to: number, seldom: boolean): boolean {
  const most = seldom ? MOST_MARKS : 1;
  let known = 0;
  for (let at = from; at <= to && known <= most; at += 1) if (values?.[at] != null) known += 1;
  return known <= most;
}

function bandOf({ color }: LineStyle, series: number): uPlot.Band {
  return { series: [series, series - 1], fill: `color-mix(in srgb, ${themeColor(color)} 50%, transparent)` };
}

const NO_DATA: uPlot.Range.MinMax = [0, 1];
const MARGIN = 0.06;

/** The height of the axis: of what is seen, or of all but its outermost values. */
function heightOf(low: number | null, high: number | null, log: boolean, { data, withoutOutliers }: PlotState): uPlot.Range.MinMax {
  if (low === null || high === null) return log ? [0.1, 1] : NO_DATA;
  const usual = withoutOutliers ? usualRange(data.lines) : null;
  const [min, max] = usual ? [Math.max(low, usual.min), Math.min(high, usual.max)] : [low, high];
  if (log) return [min / 1.2, max * 1.2];
  const margin = (max - min) * MARGIN || Math.abs(max) * 0.1 || 1;
  return [min - margin, max + margin];
}

function zoomTo(chart: uPlot, onZoom: (zoom: Range) => void): void {
  const { left, width } = chart.select;
  const [min, max] = [chart.posToVal(left, "x"), chart.posToVal(left + width, "x")];
  if (width < LEAST_DRAG_PX) return;
  if (min < max) onZoom({ min, max }); // else nothing is drawn yet
  chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}

/** Dotted lines from top to bottom; so many that they would be a grey field are left away. */
function drawMarks(chart: uPlot, marks: Mark[]): void {
  const { min = 0, max = 0 } = chart.scales.x as { min?: number; max?: number };
  const seen = marks.filter(({ x }) => x >= min && x <= max);
  if (seen.length === 0 || seen.length > MOST_MARKS) return;
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.strokeStyle = themeColor("border-emphasized");
  ctx.setLineDash([2, 4]);
  ctx.beginPath();
  for (const { x } of seen) {
    const left = Math.round(chart.valToPos(x, "x", true)) + 0.5;
    ctx.moveTo(left, bbox.top);
    ctx.lineTo(left, bbox.top + bbox.height);
  }
  ctx.stroke();
  ctx.restore();
}

/** As uPlot takes it. */
export function alignedData({ x, lines }: PlotData): uPlot.AlignedData {
  return [x, ...lines];
}

