import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, get, SERVICE_URL } from "@/api/client";
import type { EvaluationList, ItemPage, RunComparison, Summary } from "@/api/evaluation-types";

function pathOf(run: string): string {
  return `/evaluations/${encodeURIComponent(run)}`;
}

/** Every run; asked again when the window is looked at, since a job may have added one. */
export const evaluationsQuery = queryOptions({
  queryKey: ["evaluations", "list"],
  queryFn: ({ signal }) => get<EvaluationList>("/evaluations", undefined, signal),
  refetchOnWindowFocus: true,
});

export function summaryQuery(run: string) {
  return queryOptions({
    queryKey: ["evaluations", run, "summary"],
    queryFn: ({ signal }) => get<Summary>(pathOf(run), undefined, signal),
  });
}

/** What of a run's items is looked at, and in which order; what is left out is the service's to choose. */
export interface ItemView {
  sort?: string;
  order?: string;
  filter?: string;
  limit: number;
  offset: number;
}

export function itemsQuery(run: string, view: ItemView) {
  return queryOptions({
    queryKey: ["evaluations", run, "items", view],
    queryFn: ({ signal }) => get<ItemPage>(`${pathOf(run)}/items`, view, signal),
    placeholderData: keepPreviousData,
  });
}

/** Two runs, paired by their items; every draw of the permutation takes its time. */
export function runComparisonQuery(a: string, b: string) {
  return queryOptions({
    queryKey: ["evaluations", "compare", a, b],
    queryFn: ({ signal }) => get<RunComparison>("/evaluations/compare", { a, b }, signal, 60_000),
    enabled: a !== "" && b !== "",
    retry: false,
  });
}

/** Address of the run's report: one file that stands alone. */
export function reportAddress(run: string): string {
  return `${SERVICE_URL}${pathOf(run)}/report`;
}

export function useDeleteEvaluation() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (run: string) => client.delete(pathOf(run)),
    onSuccess: () => queries.invalidateQueries({ queryKey: evaluationsQuery.queryKey }),
  });
}
