import type { Column } from "@/features/jobs/curve-store";

/**
 * Exponential moving average, without the bias towards zero at its beginning: it starts at the first value, and a
 * constant stays exactly itself. Gaps stay gaps and do not count.
 *
 * @param weight share of the previous smoothed value in each point, 0 (none) to below 1.
 */
export function smooth(values: Column, weight: number): Column {
  if (weight <= 0) return values;
  let average = 0;
  let remaining = 1;
  return values.map((value) => {
    if (value === null || Number.isNaN(value)) return null;
    remaining *= weight;
    average += (value - average) * ((1 - weight) / (1 - remaining));
    return average;
  });
}
