/** How figures of a comparison read. */

import type { Measure } from "@/features/merge/figures";
import { formatFixed, formatShare } from "@/lib/format";

export const NAMES: Record<Measure, string> = { cosine: "Cosine", conflict: "Sign conflict" };

/** -0.1234 -> "−0.12", with its sign; near nothing 0.00. */
export function formatCosine(value: number): string {
  const size = Math.abs(value);
  if (size < 0.005) return formatFixed(0, 2);
  return `${value < 0 ? "−" : "+"}${formatFixed(size, 2)}`;
}

export function measured(value: number, measure: Measure): string {
  return measure === "cosine" ? formatCosine(value) : formatShare(value);
}

/** "16", "4 to 64". */
export function spanOf(values: number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? String(least) : `${least} to ${most}`;
}
