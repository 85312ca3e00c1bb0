import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, get, SERVICE_URL } from "@/api/client";
import type { Dataset, DatasetColumns, DatasetPreview, DatasetReport, Message, ProblemPage, RecordAdded } from "@/api/types";

export const datasetsQuery = queryOptions({
  queryKey: ["datasets"],
  queryFn: ({ signal }) => get<{ datasets: Dataset[] }>("/datasets", undefined, signal),
  select: (answer) => answer.datasets,
});

/** The dataset's first rows, as the model will see them. */
export function previewQuery(name: string, promptTemplate: string | undefined, limit: number) {
  return queryOptions({
    queryKey: ["datasets", name, "preview", promptTemplate, limit],
    queryFn: ({ signal }) =>
      get<DatasetPreview>(
        `/datasets/${encodeURIComponent(name)}/preview`,
        { limit, prompt_template: promptTemplate },
        signal,
      ),
    enabled: name !== "",
    retry: false,
  });
}

/** Which part of a dataset is shown, and how. */
export interface RowsView {
  limit: number;
  offset?: number;
  /** Begins at this record instead. */
  index?: number;
  q?: string;
  tokens?: boolean;
  base_model?: string;
  column_mapping?: string[];
}

/** Transformers takes seconds to give away a tokenizer, once for each base. */
const LOOK_TIMEOUT_MS = 180_000;

/** A page of records; with tokens they are those of a run with this base. */
export function rowsQuery(name: string, view: RowsView) {
  return queryOptions({
    queryKey: ["datasets", name, "rows", view],
    queryFn: ({ signal }) => get<DatasetPreview>(`${addressOf(name)}/preview`, view, signal, LOOK_TIMEOUT_MS),
    retry: false,
  });
}

/** Lengths, cuts, repetition, and what leaks from the dataset that is held against it. */
export function reportQuery(name: string, baseModel: string, against = "") {
  const params = { base_model: baseModel || undefined, against: against || undefined };
  return queryOptions({
    queryKey: ["datasets", name, "report", params],
    queryFn: ({ signal }) => get<DatasetReport>(`${addressOf(name)}/report`, params, signal, LOOK_TIMEOUT_MS),
    retry: false,
  });
}

/** What is wrong with the records, a page of it. */
export function problemsQuery(name: string, offset: number, limit: number) {
  return queryOptions({
    queryKey: ["datasets", name, "problems", offset, limit],
    queryFn: ({ signal }) => get<ProblemPage>(`${addressOf(name)}/problems`, { offset, limit }, signal),
    retry: false,
  });
}

/** What the records are made of. */
export function columnsQuery(name: string) {
  return queryOptions({
    queryKey: ["datasets", name, "columns"],
    queryFn: ({ signal }) => get<DatasetColumns>(`${addressOf(name)}/columns`, undefined, signal),
    retry: false,
  });
}

export function addressOf(name: string): string {
  return `/datasets/${encodeURIComponent(name)}`;
}

/** Where the browser fetches the file itself. */
export function downloadAddress(name: string, format: string): string {
  return `${SERVICE_URL}${addressOf(name)}/download?format=${format}`;
}

export interface NewRecord {
  dataset: string;
  messages: Message[];
}

/** Adds one exchange to a dataset, which is made when there is none of the name. */
export function useAddRecord() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ dataset, messages }: NewRecord) =>
      (await client.post<RecordAdded>(`/datasets/${encodeURIComponent(dataset)}/records`, { messages })).data,
    onSuccess: () => queries.invalidateQueries({ queryKey: datasetsQuery.queryKey }),
  });
}

/** The listed dataset at a path; a run's own record has the same path in full, the registry only the file's name. */
export function datasetAt(datasets: Dataset[], path: unknown): Dataset | undefined {
  if (typeof path !== "string") return undefined;
  return datasets.find((dataset) => path === dataset.path || path === dataset.name || path.endsWith(`/${dataset.path}`));
}
