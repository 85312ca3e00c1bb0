import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, get } from "@/api/client";
import type { Dataset, DatasetPreview, Message, RecordAdded } from "@/api/types";

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
