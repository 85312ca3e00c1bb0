import type { Estimate } from "@/api/types";
import { formatBytes } from "@/lib/format";

export type Fit = "fits" | "tight" | "exceeds";

/** The peak is predicted within 15 %: what fits by less may still run out of memory. */
const MARGIN = 1.15;

/** Whether a predicted peak fits into what is free, both in bytes. */
export function fitOf(total: number, available: number): Fit {
  if (total > available) return "exceeds";
  return total * MARGIN > available ? "tight" : "fits";
}

/** "9.8 GB of 24 GB free"; the need alone where nobody knows what is free. */
export function memoryWords({ total_bytes: total, available_bytes: available }: Estimate["memory"]): string {
  return available === null ? formatBytes(total) : `${formatBytes(total)} of ${formatBytes(available)} free`;
}
