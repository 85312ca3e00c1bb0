import { useState } from "react";

import type { JobList, JobSummary, Pulse } from "@/api/types";

interface Steady {
  /** The view that the rows belong to; another begins afresh. */
  view: string;
  data: JobList | undefined;
  pulse: Pulse | null;
  rows: JobSummary[];
}

/**
 * The rows of a view, each in the place where it was first seen: a run that ends keeps its place, with its new state,
 * though it no longer belongs to the filter or the order would put it elsewhere.
 */
export function useSteadyRows(view: string, data: JobList | undefined, pulse: Pulse | null): JobSummary[] {
  const [steady, setSteady] = useState<Steady>({ view, data, pulse, rows: data?.jobs ?? [] });
  if (steady.view === view && steady.data === data && steady.pulse === pulse) return steady.rows;
  const [before, listed] = steady.view === view ? [steady.rows, steady.data?.jobs ?? []] : [[], []];
  const rows = settled({ before, listed, now: data?.jobs ?? [], known: stateOf(pulse) });
  setSteady({ view, data, pulse, rows });
  return rows;
}

interface Moment {
  /** The rows as they were drawn, */
  before: JobSummary[];
  /** those of them that the list had then, */
  listed: JobSummary[];
  /** and those that it has now. */
  now: JobSummary[];
  /** How runs stand that the list may have let go of. */
  known: ReadonlyMap<string, JobSummary>;
}

/** The rows before, as they are now, with the new ones where the list has them. */
export function settled({ before, listed, now, known }: Moment): JobSummary[] {
  const current = byId(now);
  const wasListed = byId(listed);
  const rows = before.flatMap((job) => current.get(job.job_id) ?? kept(job, wasListed.has(job.job_id), known) ?? []);
  const placed = new Set(rows.map((job) => job.job_id));
  now.forEach((job, index) => {
    if (placed.has(job.job_id)) return;
    const above = now[index - 1]?.job_id;
    rows.splice(rows.findIndex((row) => row.job_id === above) + 1, 0, job);
    placed.add(job.job_id);
  });
  return rows;
}

/** A row that the list has let go of stays when its run has moved on; else it was deleted, or is on the next page. */
function kept(job: JobSummary, wasListed: boolean, known: ReadonlyMap<string, JobSummary>): JobSummary | undefined {
  const state = known.get(job.job_id);
  if (!wasListed) return state ?? job;
  return state && state.status !== job.status ? state : undefined;
}

function byId(jobs: readonly JobSummary[]): Map<string, JobSummary> {
  return new Map(jobs.map((job) => [job.job_id, job]));
}

function stateOf(pulse: Pulse | null): ReadonlyMap<string, JobSummary> {
  return byId([...(pulse?.running ?? []), ...(pulse?.ended ?? [])]);
}
