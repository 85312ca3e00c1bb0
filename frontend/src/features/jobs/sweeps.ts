/** Runs that were queued together over several values of a field share a tag. */

import type { JobSummary } from "@/api/types";
import { addressOfComparison, MOST_COMPARED } from "@/components/compared-runs";

const PREFIX = "sweep:";

/** The sweep that a tag names, or null. */
export function sweepOf(tag: string): string | null {
  return tag.startsWith(PREFIX) ? tag.slice(PREFIX.length) : null;
}

/** The tag that the runs of a sweep share. */
export function tagOfSweep(sweep: string): string {
  return PREFIX + sweep;
}

/** Where the runs of a list are compared that are of one kind; null when there are fewer than two. */
export function comparisonOf(jobs: readonly JobSummary[]): string | null {
  const kind = jobs[0]?.kind;
  const same = jobs.filter((job) => job.kind === kind).slice(0, MOST_COMPARED);
  return same.length < 2 ? null : addressOfComparison(same.map((job) => job.job_id));
}
