import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { client, get } from "@/api/client";
import type { EstimateList, Fitting, JsonObject } from "@/api/types";

/** Counting a large dataset's tokens takes longer than any other answer. */
const ESTIMATE_TIMEOUT_MS = 60_000;

/** What a run that has not started will need, as the route of its kind tells it; also the service's check of its parameters. */
export function estimateQuery<Estimated>(path: string, params: JsonObject, enabled: boolean) {
  return queryOptions({
    queryKey: ["estimate", path, params],
    queryFn: async ({ signal }) => (await client.post<Estimated>(path, params, { signal, timeout: ESTIMATE_TIMEOUT_MS })).data,
    enabled,
    retry: false,
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  });
}

/** The smallest change with which a run fits the memory that is free. */
export async function fetchFitting(params: JsonObject): Promise<Fitting> {
  return (await client.post<Fitting>("/estimate/fit", params, { timeout: ESTIMATE_TIMEOUT_MS })).data;
}

/** A page of the runs that ended on the service's machine: what was predicted of them, and what came. */
export function pastEstimatesQuery(limit: number, offset: number) {
  return queryOptions({
    queryKey: ["estimates", limit, offset],
    queryFn: ({ signal }) => get<EstimateList>("/estimates", { limit, offset }, signal),
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: true,
  });
}
