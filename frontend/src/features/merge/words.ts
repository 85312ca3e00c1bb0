/** How figures of a comparison read. */

import type { Measure } from "@/features/merge/figures";
import { formatShare } from "@/lib/format";

export const NAMES: Record<Measure, string> = { cosine: "Cosine", conflict: "Sign conflict" };

/** -0.1234 -> "−0.12", with its sign; near nothing 0.00. */
export function formatCosine(value: number): string {
  const text = Math.abs(value).toFixed(2);
  if (Number(text) === 0) return "0.00";
  return `${value < 0 ? "−" : "+"}${text}`;
}

export function measured(value: number, measure: Measure): string {
  return measure === "cosine" ? formatCosine(value) : formatShare(value);
}

/** "16", "4 to 64". */
export function spanOf(values: number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? String(least) : `${least} to ${most}`;
}
