import { keepPreviousData, queryOptions, useQueries, type UseQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";

import { fetchColumns, hasEnded, jobQuery } from "@/api/jobs";
import { type Problem, toProblem } from "@/api/problem";
import type { JobDetail, MetricColumns } from "@/api/types";
import { Curve } from "@/components/curves/curve";
import type { OverlaidRun } from "@/components/curves/overlay";

/** Of each run: more could not be told apart in one chart, and reduced curves say so themselves. */
const POINTS = 2000;
const ALL = { from: 0, to: Number.MAX_SAFE_INTEGER, points: POINTS };
const LETTERS = "ABCDEF";

export interface ComparedRun extends OverlaidRun {
  /** Stands for it where its name is too long. */
  letter: string;
  job: JobDetail;
}

export interface Compared {
  runs: ComparedRun[];
  /** Ids of which there is no run (any more). */
  gone: string[];
  isPending: boolean;
  problem: Problem | null;
  retry: () => void;
}

const NOT_FOUND = 404;
const EMPTY = Curve.of({ start: 0, next: 0, resolution: "full", columns: {}, lows: {}, highs: {}, counts: [] });

/** Runs with their curves, kept up to date while one of them runs. */
export function useCompared(ids: string[]): Compared {
  const details = useQueries({ queries: ids.map((id) => ({ ...jobQuery(id), retry: false })), combine: asTheyAre });
  const pieces = useQueries({ queries: details.map(({ data }, at) => curveQuery(ids[at] ?? "", data)), combine: dataOf });
  const jobs = useMemo(() => details.map(({ data }) => data), [details]);
  const curves = useMemo(() => pieces.map((piece) => (piece ? Curve.of(piece) : EMPTY)), [pieces]);
  const runs = useMemo(() => {
    const found = jobs.flatMap((job, at) => (job ? [{ job, curve: curves[at] ?? EMPTY }] : []));
    return found.map(({ job, curve }, at) => ({ id: job.job_id, job, curve, letter: letterOf(at), label: `${letterOf(at)} ${job.name}` }));
  }, [jobs, curves]);
  const problems = details.map(({ error }) => (error ? toProblem(error) : null));
  return {
    runs,
    gone: ids.filter((_, at) => problems[at]?.status === NOT_FOUND),
    isPending: details.some(({ isPending }) => isPending),
    problem: problems.find((problem) => problem !== null && problem.status !== NOT_FOUND) ?? null,
    retry: () => details.forEach(({ refetch }) => void refetch()),
  };
}

function letterOf(at: number): string {
  return LETTERS[at] ?? String(at + 1);
}

function asTheyAre(results: UseQueryResult<JobDetail>[]): UseQueryResult<JobDetail>[] {
  return results;
}

function dataOf(results: UseQueryResult<MetricColumns>[]): (MetricColumns | undefined)[] {
  return results.map(({ data }) => data);
}

/** Asked again only when the run has got further. */
function curveQuery(id: string, job: JobDetail | undefined) {
  const reached = job && (hasEnded(job.status) ? job.finished_at : job.progress.step);
  return queryOptions({
    queryKey: ["curve", id, reached],
    queryFn: ({ signal }) => fetchColumns(id, ALL, signal),
    enabled: job !== undefined,
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
}
