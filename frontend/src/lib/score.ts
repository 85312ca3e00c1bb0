/** How scores read: shares as per cent, everything else on the scale it has. */

import { formatFixed, formatShare, NOTHING } from "@/lib/format";

export interface Scale {
  low: number;
  high: number;
}

export interface Interval {
  low: number;
  high: number;
}

function isShare({ high }: Scale): boolean {
  return high === 1;
}

function digitsOf({ high }: Scale): 1 | 2 {
  return high >= 100 ? 1 : 2;
}

/** 0.834 of [0, 1] -> "83.4 %"; 7.251 of [1, 10] -> "7.25"; 41.26 of [0, 100] -> "41.3". */
export function formatScore(value: number | null | undefined, scale: Scale): string {
  if (value == null) return NOTHING;
  return isShare(scale) ? formatShare(value) : formatFixed(value, digitsOf(scale));
}

/** A difference with its sign; that of shares in percentage points: 0.031 -> "+3.1 points". */
export function formatDifference(value: number | null | undefined, scale: Scale): string {
  if (value == null) return NOTHING;
  const [size, digits] = isShare(scale) ? [Math.abs(value) * 100, 1 as const] : [Math.abs(value), digitsOf(scale)];
  const isNone = Number(size.toFixed(digits)) === 0;
  const sign = isNone ? "±" : value > 0 ? "+" : "−";
  return `${sign}${formatFixed(size, digits)}${isShare(scale) ? " points" : ""}`;
}

/** "6.90 to 7.52"; with fewer items than the statistics ask for, there is none. */
export function formatInterval(interval: Interval | null | undefined, format: (value: number) => string): string {
  return interval ? `${format(interval.low)} to ${format(interval.high)}` : "too few for an interval";
}

/** Where a value lies between the ends of a scale, in per cent; a value beyond an end lies at it. */
export function placeOn({ low, high }: Scale, value: number): number {
  const share = high > low ? (value - low) / (high - low) : 0;
  return 100 * Math.min(1, Math.max(0, share));
}
