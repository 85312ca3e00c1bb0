import { queryOptions } from "@tanstack/react-query";

import { get } from "@/api/client";
import type { Dataset, DatasetPreview } from "@/api/types";

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

/** The listed dataset at a path; a run's own record has the same path in full. */
export function datasetAt(datasets: Dataset[], path: unknown): Dataset | undefined {
  if (typeof path !== "string") return undefined;
  return datasets.find((dataset) => path === dataset.path || path.endsWith(`/${dataset.path}`));
}
