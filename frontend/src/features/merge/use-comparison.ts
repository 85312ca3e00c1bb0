import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { type Compared, comparedBy, comparisonQuery } from "@/api/comparison";
import { type Problem, toProblem } from "@/api/problem";
import type { Comparison, JsonObject } from "@/api/types";
import { type Chosen, weightOf } from "@/features/merge/choice";
import { useDebounced } from "@/lib/use-debounced";

/** A slider on its way passes many weights, and each comparison is a process of its own. */
const REST_MS = 600;

export interface ComparisonState {
  comparison: Comparison | undefined;
  error: Problem | null;
  /** An answer to what is chosen now is on its way. */
  pending: boolean;
  /** There is nothing to compare yet. */
  waiting: boolean;
  retry: () => void;
}

/** How the chosen adapters relate, asked for when the hand rests. */
export function useComparison(chosen: Chosen[], params: JsonObject): ComparisonState {
  const waiting = chosen.length < 2 || chosen.some((one) => weightOf(one) === null);
  const text = JSON.stringify(comparedBy(chosen.map((one) => `${one.name}:${weightOf(one)}`), params));
  const rested = useDebounced(text, REST_MS);
  const compared = useMemo(() => JSON.parse(rested) as Compared, [rested]);
  const { data, error, isFetching, refetch } = useQuery(comparisonQuery(compared, !waiting && rested === text));
  return {
    comparison: waiting || error ? undefined : data,
    error: error && !waiting ? toProblem(error) : null,
    pending: !waiting && (isFetching || rested !== text),
    waiting,
    retry: () => void refetch(),
  };
}
