export type Fit = "fits" | "tight" | "exceeds";

/** The peak is predicted within 15 %: what fits by less may still run out of memory. */
const MARGIN = 1.15;

/** Whether a predicted peak fits into what is free, both in bytes. */
export function fitOf(total: number, available: number): Fit {
  if (total > available) return "exceeds";
  return total * MARGIN > available ? "tight" : "fits";
}
