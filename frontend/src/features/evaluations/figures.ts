/** What the cards of a run compute from its summary. */

import type { ChangedItem, ModelFigures, RunComparison, Summary } from "@/api/evaluation-types";
import { formatScore, type Interval, type Scale } from "@/lib/score";

/** The figures of each model, the baseline first; a run of one model has its figures at the top only. */
export function modelsOf(summary: Summary): ModelFigures[] {
  return summary.models.length > 0 ? summary.models : [summary];
}

/** A line around nothing that holds every interval, so that differences can be compared by eye. */
export function scaleAround(values: (number | null)[], intervals: (Interval | null)[]): Scale {
  const ends = [...values, ...intervals.flatMap((interval) => (interval ? [interval.low, interval.high] : []))];
  const reach = Math.max(0, ...ends.map((end) => Math.abs(end ?? 0)));
  return reach === 0 ? { low: -1, high: 1 } : { low: -reach * 1.1, high: reach * 1.1 };
}

/** Items that got better, worse, and stayed as they were. */
export function countChanges(items: ChangedItem[]): { better: number; worse: number; same: number } {
  const changes = items.flatMap(({ change }) => (change === null ? [] : [change]));
  const better = changes.filter((change) => change > 0).length;
  const worse = changes.filter((change) => change < 0).length;
  return { better, worse, same: changes.length - better - worse };
}

/** Whether the two runs can say anything about the models: made-up scores cannot, nor can different judges. */
export function sameJudges({ a, b }: RunComparison): boolean {
  return [...a.judges].sort().join() === [...b.judges].sort().join();
}

/** Whole grades have a bin each, centred on the grade: [6.5, 7.5) is 7. */
export function binLabel(low: number, high: number, scale: Scale): string {
  const middle = (low + high) / 2;
  if (high - low === 1 && Number.isInteger(middle)) return String(middle);
  return `${formatScore(low, scale)} to ${formatScore(high, scale)}`;
}
