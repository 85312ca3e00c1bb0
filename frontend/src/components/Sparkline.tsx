import { memo } from "react";

import { formatMetric } from "@/lib/format";

const MARGIN = 2;

interface SparklineProps {
  values: number[];
  width?: number;
  height?: number;
}

/** The loss so far, drawn small; what it shows is also said. */
export const Sparkline = memo(function Sparkline({ values, width = 72, height = 20 }: SparklineProps) {
  const [first, last] = [values[0], values.at(-1)];
  if (first === undefined || last === undefined || values.length < 2) return null;
  return (
    <svg
      width={width}
      height={height}
      role="img"
      aria-label={`Loss from ${formatMetric(first)} to ${formatMetric(last)}`}
      style={{ color: "var(--chakra-colors-data-train)", flexShrink: 0 }}
    >
      <polyline points={pointsOf(values, width, height)} fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" />
    </svg>
  );
});

function pointsOf(values: number[], width: number, height: number): string {
  const lowest = Math.min(...values);
  const span = Math.max(...values) - lowest || 1;
  return values
    .map((value, index) => {
      const x = MARGIN + (index / (values.length - 1)) * (width - 2 * MARGIN);
      const y = height - MARGIN - ((value - lowest) / span) * (height - 2 * MARGIN);
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join(" ");
}
