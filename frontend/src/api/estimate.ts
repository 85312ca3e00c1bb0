import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { client } from "@/api/client";
import type { Estimate, JsonObject } from "@/api/types";

/** Counting a large dataset's tokens takes longer than any other answer. */
const ESTIMATE_TIMEOUT_MS = 60_000;

/** Tokens, memory and time of a run that has not started; also the service's check of its parameters. */
export function estimateQuery(params: JsonObject, enabled: boolean) {
  return queryOptions({
    queryKey: ["estimate", params],
    queryFn: async ({ signal }) =>
      (await client.post<Estimate>("/estimate", params, { signal, timeout: ESTIMATE_TIMEOUT_MS })).data,
    enabled,
    retry: false,
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  });
}
