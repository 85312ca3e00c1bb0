/** What a row says of a run, in words. */

import { hasEnded } from "@/api/jobs";
import type { JobSummary } from "@/api/types";
import { formatAbout, formatDuration, formatMetric, formatRatio, NOTHING, secondsBetween } from "@/lib/format";

/** How long it took, or how long it will still take. */
export function timeOf({ status, started_at: started, finished_at: finished, progress, queue_position: place }: JobSummary, now: string): string {
  if (place !== null) return place === 1 ? "next" : `place ${place}`;
  if (!started) return NOTHING;
  if (hasEnded(status)) return finished ? formatDuration(secondsBetween(started, finished)) : NOTHING;
  if (progress.eta_seconds !== null) return `${formatAbout(progress.eta_seconds)} left`;
  return formatDuration(Math.max(0, secondsBetween(started, now)));
}

const LATEST_SHARE = 0.1;

export interface Trend {
  /** "−4 %" */
  text: string;
  /** "Loss 1.25, −4 % over the last tenth of the run" */
  sentence: string;
}

/** Where the loss has gone over the last tenth of the run; null while there is too little of it. */
export function trendOf(values: readonly number[]): Trend | null {
  const last = values.at(-1);
  const before = values[Math.floor((values.length - 1) * (1 - LATEST_SHARE))];
  if (last === undefined || before === undefined || before === 0 || values.length < 3) return null;
  const change = Math.round((100 * (last - before)) / Math.abs(before)) / 100;
  const text = `${change < 0 ? "−" : change > 0 ? "+" : ""}${formatRatio(Math.abs(change))}`;
  return { text, sentence: `Loss ${formatMetric(last)}, ${text} over the last tenth of the run` };
}

/** Kind, base model and dataset, as far as the kind has them; of a model of the hub without its owner. */
export function ingredientsOf({ kind, base_model: base, dataset }: JobSummary): string {
  return [kind, base?.split("/").at(-1), dataset].filter(Boolean).join(" · ");
}
