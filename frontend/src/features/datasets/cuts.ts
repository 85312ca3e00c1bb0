/** What a `max_length` cuts off, out of the table that the service counted once. */

import type { Cuts, LengthBar } from "@/api/types";
import { formatCount, formatShare } from "@/lib/format";

export interface Cut {
  maxLength: number;
  truncated: number;
  leftOut: number;
  tokens: number;
  supervised: number;
}

/** The place of the last stop that is no longer than this; the first when all are. */
export function stopOf(cuts: Cuts, maxLength: number): number {
  let [low, high] = [0, cuts.max_length.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((cuts.max_length[middle] ?? 0) <= maxLength) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function cutAt(cuts: Cuts, stop: number): Cut {
  const at = (column: number[]) => column[stop] ?? 0;
  return {
    maxLength: at(cuts.max_length),
    truncated: at(cuts.truncated),
    leftOut: at(cuts.left_out),
    tokens: at(cuts.tokens),
    supervised: at(cuts.supervised),
  };
}

/** "3.2 % truncated, 41 % of tokens supervised". */
export function sentenceOf(cut: Cut, examples: number): string {
  const learnt = cut.tokens > 0 ? cut.supervised / cut.tokens : 0;
  const parts = [`${formatShare(cut.truncated / examples)} truncated`, `${formatShare(learnt)} of tokens supervised`];
  if (cut.leftOut > 0) parts.push(`${formatCount(cut.leftOut)} left out, for nothing to learn remains of them`);
  return parts.join(", ");
}

/** Where a length lies among the bars: 0 = at the left edge, 1 = at the right one. */
export function placeOf(bars: LengthBar[], length: number): number {
  const at = bars.findIndex(({ high }) => length <= high);
  const bar = bars[at];
  if (!bar) return 1;
  return (at + Math.max(0, length - bar.low + 1) / (bar.high - bar.low + 1)) / bars.length;
}
