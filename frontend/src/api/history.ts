/** The history of jobs: searched, labelled, taken along. */

import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, get, SERVICE_URL } from "@/api/client";
import type { JobDetail, JobList, JobOrder, JobStatus, Labels } from "@/api/types";

export interface JobListQuestion {
  q: string;
  status: readonly JobStatus[];
  kind: readonly string[];
  tag: readonly string[];
  sort: JobOrder;
  limit: number;
  offset: number;
}

/** A page of the list; the page before stays until the next is there. */
export function jobListQuery(question: JobListQuestion) {
  return queryOptions({
    queryKey: ["jobs", "list", question],
    queryFn: ({ signal }) => get<JobList>("/jobs", question, signal),
    placeholderData: keepPreviousData,
  });
}

function pathOf(jobId: string): string {
  return `/jobs/${encodeURIComponent(jobId)}`;
}

export async function labelJob(jobId: string, labels: Labels): Promise<JobDetail> {
  return (await client.patch<JobDetail>(pathOf(jobId), labels)).data;
}

/** Renames a job, tags it, takes notes on it; every list is asked for again. */
export function useLabels(jobId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (labels: Labels) => labelJob(jobId, labels),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["jobs"] }),
  });
}

/** Where everything that a run has told lies as a zip file. */
export function bundleAddress(jobId: string): string {
  return `${SERVICE_URL}${pathOf(jobId)}/bundle`;
}
