import { queryOptions } from "@tanstack/react-query";

import { get } from "@/api/client";
import type { JobKind } from "@/api/types";

/** The kinds of job with their forms; they change only with the service's version. */
export const jobKindsQuery = queryOptions({
  queryKey: ["job-kinds"],
  queryFn: ({ signal }) => get<{ job_kinds: JobKind[] }>("/job-kinds", undefined, signal),
  select: (answer) => answer.job_kinds,
  staleTime: Infinity,
});
