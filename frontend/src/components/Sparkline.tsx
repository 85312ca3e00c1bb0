import { memo } from "react";

import { formatMetric } from "@/lib/format";

const WIDTH = 72;
const HEIGHT = 20;
const MARGIN = 2;

/** The loss so far, drawn small; what it shows is also said. */
export const Sparkline = memo(function Sparkline({ values }: { values: number[] }) {
  const [first, last] = [values[0], values.at(-1)];
  if (first === undefined || last === undefined || values.length < 2) return null;
  return (
    <svg
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={`Loss from ${formatMetric(first)} to ${formatMetric(last)}`}
      style={{ color: "var(--chakra-colors-data-train)", flexShrink: 0 }}
    >
      <polyline points={pointsOf(values)} fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" />
    </svg>
  );
});

function pointsOf(values: number[]): string {
  const lowest = Math.min(...values);
  const span = Math.max(...values) - lowest || 1;
  return values
    .map((value, index) => {
      const x = MARGIN + (index / (values.length - 1)) * (WIDTH - 2 * MARGIN);
      const y = HEIGHT - MARGIN - ((value - lowest) / span) * (HEIGHT - 2 * MARGIN);
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join(" ");
}
