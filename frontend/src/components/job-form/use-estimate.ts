import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { estimateQuery } from "@/api/estimate";
import { type Problem, toProblem } from "@/api/problem";
import type { JsonObject } from "@/api/types";
import type { Submission } from "@/components/schema-form/values";
import { useDebounced } from "@/lib/use-debounced";

const REST_MS = 400;

export interface EstimateState<Estimated> {
  estimate: Estimated | undefined;
  /** The service refuses these parameters, or cannot tell. */
  error: Problem | null;
  pending: boolean;
  /** Something is missing or wrong in the form, so nothing was asked. */
  waiting: boolean;
}

/**
 * The estimate of the form as it stands, asked for when the typing rests.
 *
 * `ready` is for what the form knows beyond its fields: false as long as there is nothing to estimate.
 */
export function useEstimate<Estimated>(path: string, draft: Submission, ready = true): EstimateState<Estimated> {
  const text = JSON.stringify(draft.params);
  const rested = useDebounced(text, REST_MS);
  const params = useMemo(() => JSON.parse(rested) as JsonObject, [rested]);
  const waiting = !ready || draft.missing.length > 0 || Object.keys(draft.errors).length > 0;
  const { data, error, isFetching } = useQuery(estimateQuery<Estimated>(path, params, !waiting && rested === text));
  return {
    estimate: waiting || error ? undefined : data,
    error: error && !waiting ? toProblem(error) : null,
    pending: isFetching || (!waiting && rested !== text),
    waiting,
  };
}
