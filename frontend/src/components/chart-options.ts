/** How a chart looks and behaves, in uPlot's terms. */

import type uPlot from "uplot";

import { formatCompact, formatMetric } from "@/lib/format";

export interface Line {
  label: string;
  values: (number | null)[];
  /** A colour of the theme, as in `--chakra-colors-…`. */
  color: string;
  /** Drawn in the background. */
  faint?: boolean;
  dash?: number[];
  /** Mark every value: for series with few of them. */
  points?: boolean;
}

interface ChartInput {
  lines: Line[];
  log: boolean;
  width: number;
  height: number;
  onCursor: (index: number | null) => void;
  onZoom: (zoomed: boolean) => void;
}

function themeColor(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--chakra-colors-${name}`).trim();
}

export function chartOptions({ lines, log, width, height, onCursor, onZoom }: ChartInput): uPlot.Options {
  const axis = { stroke: themeColor("fg-muted"), grid: { stroke: themeColor("border"), width: 1 }, ticks: { show: false } };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { x: true, y: false } },
    scales: { x: { time: false }, y: { distr: log ? 3 : 1 } },
    axes: [
      { ...axis, size: 32, values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? formatCompact(tick) : "")) },
      { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : formatMetric(tick))) },
    ],
    series: [{}, ...lines.map(seriesOf)],
    hooks: {
      setCursor: [(chart) => onCursor(chart.cursor.idx ?? null)],
      setSelect: [(chart) => onZoom(chart.select.width > 0)],
      ready: [(chart) => chart.over.addEventListener("dblclick", () => onZoom(false))],
    },
  };
}

function seriesOf({ label, color, faint, dash, points }: Line): uPlot.Series {
  const stroke = themeColor(color);
  return {
    label,
    stroke,
    width: faint ? 1 : 2,
    alpha: faint ? 0.35 : 1,
    dash,
    spanGaps: true,
    points: points ? { show: true, size: 6, fill: stroke } : { show: false },
  };
}

/** On a logarithmic axis there is no place for zero and below. */
export function dataOf(x: number[], lines: Line[], log: boolean): uPlot.AlignedData {
  const columns = lines.map(({ values }) => (log ? values.map((value) => (value !== null && value > 0 ? value : null)) : values));
  return [x, ...columns];
}
