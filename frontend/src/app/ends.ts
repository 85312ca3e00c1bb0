/** Runs that have ended since the last look, told from one pulse to the next. */

import type { JobSummary, Pulse } from "@/api/types";
import { formatDuration, formatMetric, secondsBetween } from "@/lib/format";

export class Ends {
  private known: ReadonlySet<string> | null = null;

  /** The runs whose end is new, the earliest first; with the first pulse none is. */
  since({ ended }: Pulse): JobSummary[] {
    const known = this.known;
    this.known = new Set(ended.map(endOf));
    return known === null ? [] : ended.filter((job) => !known.has(endOf(job))).reverse();
  }
}

/** A job that was resumed ends again. */
export function endOf({ job_id: id, finished_at: finished }: JobSummary): string {
  return `${id} ${finished}`;
}

const WORDS: Partial<Record<JobSummary["status"], string>> = { succeeded: "has finished", failed: "has failed", interrupted: "was interrupted" };

/** "physics has finished", "Loss 0.41 after 2 min 5 s"; null for what somebody ended on purpose. */
export function wordsOfEnd(job: JobSummary): { title: string; description: string } | null {
  const words = WORDS[job.status];
  if (!words) return null;
  return { title: `${job.name} ${words}`, description: job.status === "succeeded" ? figuresOf(job) : (job.error ?? "") };
}

function figuresOf({ metrics, started_at: started, finished_at: finished }: JobSummary): string {
  const loss = metrics.loss == null ? "" : `Loss ${formatMetric(metrics.loss)}`;
  const time = started && finished ? formatDuration(secondsBetween(started, finished)) : "";
  return [loss, time && (loss ? `after ${time}` : `After ${time}`)].filter(Boolean).join(" ");
}
