/**
 * Exponential moving average, without the bias towards zero at its beginning: it starts at the first value, and a
 * constant stays exactly itself. Gaps stay gaps and do not count.
 *
 * @param weight share of the previous smoothed value in each point, 0 (none) to below 1.
 * @param counts rows that each value stands for: the mean of ten moves the average as ten values would.
 */
export function smooth(values: Float64Array, weight: number, counts?: Float64Array): Float64Array {
  if (weight <= 0) return values;
  const smoothed = new Float64Array(values.length);
  let average = 0;
  let remaining = 1;
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] ?? NaN;
    if (Number.isNaN(value)) {
      smoothed[at] = NaN;
      continue;
    }
    const count = counts?.[at] ?? 1;
    const kept = count === 1 ? weight : weight ** count;
    remaining *= kept;
    average += (value - average) * ((1 - kept) / (1 - remaining));
    smoothed[at] = average;
  }
  return smoothed;
}
