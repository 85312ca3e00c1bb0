import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, get } from "@/api/client";
import { pulse } from "@/api/pulse";
import type { JobDetail, JobList, JobStatus, JsonObject, MetricColumns, Sample, Submitted, Tick } from "@/api/types";

const ENDED: readonly JobStatus[] = ["succeeded", "failed", "cancelled", "interrupted"];

export function hasEnded(status: JobStatus): boolean {
  return ENDED.includes(status);
}

export interface JobFilter {
  status?: string;
  kind?: string;
}

/** The most the service gives at once. */
const LONGEST_PAGE = 100;

/** The list; the pulse says when to ask for it again. */
export function jobsQuery(filter: JobFilter = {}) {
  return queryOptions({
    queryKey: ["jobs", "list", filter],
    queryFn: ({ signal }) => get<JobList>("/jobs", { limit: LONGEST_PAGE, ...filter }, signal),
  });
}

export function jobQuery(jobId: string) {
  return queryOptions({
    queryKey: ["jobs", "detail", jobId],
    queryFn: ({ signal }) => get<JobDetail>(`/jobs/${encodeURIComponent(jobId)}/status`, undefined, signal),
  });
}

/** What a run's model answers as it learns, asked for again when more of it has come. */
export function samplesQuery(jobId: string, bytes: number) {
  return queryOptions({
    queryKey: ["samples", jobId, bytes],
    queryFn: async ({ signal }) => (await get<{ samples: Sample[] }>(`/jobs/${encodeURIComponent(jobId)}/samples`, undefined, signal)).samples,
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
}

/** Where a page stands in a job's curve and log; nowhere yet means the log's end and the whole curve, reduced. */
export interface TickCursor {
  row?: number;
  log?: number;
  generation?: number;
}

export function fetchTick(jobId: string, cursor: TickCursor, signal: AbortSignal): Promise<Tick> {
  return get<Tick>(`/jobs/${encodeURIComponent(jobId)}/tick`, cursor, signal);
}

/** The curve between two steps, in at most so many points. */
export function fetchColumns(jobId: string, part: { from: number; to: number; points: number }, signal: AbortSignal): Promise<MetricColumns> {
  return get<MetricColumns>(`/jobs/${encodeURIComponent(jobId)}/metrics/columns`, part, signal);
}

/** Submits a job of any kind; the key makes a repeated click or a retry the same job. */
export async function submitJob(path: string, params: JsonObject, idempotencyKey: string, tag: string[] = []): Promise<Submitted> {
  const headers = { "Idempotency-Key": idempotencyKey };
  const { data } = await client.post<Submitted>(path, params, { headers, params: { tag } });
  pulse.look();
  return data;
}

/** `finish` = end after this step and keep what was learnt; `force` = kill it now. */
export type JobAction = "finish" | "cancel" | "force" | "resume" | "delete";

export async function actOnJob(jobId: string, action: JobAction): Promise<void> {
  const path = `/jobs/${encodeURIComponent(jobId)}`;
  if (action === "delete") await client.delete(path);
  else if (action === "force") await client.post(`${path}/cancel`, undefined, { params: { force: true } });
  else await client.post(`${path}/${action}`);
}

/** Gives a waiting job another place in its queue, 1 = next. */
export async function moveJob(jobId: string, to: number): Promise<void> {
  await client.post(`/jobs/${encodeURIComponent(jobId)}/move`, { to });
}

export function useMoveJob() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ jobId, to }: { jobId: string; to: number }) => moveJob(jobId, to),
    onSettled: () => queries.invalidateQueries({ queryKey: ["jobs"] }),
  });
}

/** Finish, cancel, resume or delete a job; the pulse then tells every page what has changed. */
export function useJobAction(jobId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (action: JobAction) => actOnJob(jobId, action),
    onSuccess: () => {
      pulse.look();
      return queries.invalidateQueries({ queryKey: ["jobs"] });
    },
  });
}
