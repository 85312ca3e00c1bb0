import { queryOptions } from "@tanstack/react-query";

import { get } from "@/api/client";
import type { BaseModelList, ModelList } from "@/api/types";

/** Everything that can be asked: base models, adapters, merged models. */
export const modelsQuery = queryOptions({
  queryKey: ["models"],
  queryFn: ({ signal }) => get<ModelList>("/v1/models", undefined, signal),
  select: (answer) => answer.data,
  refetchOnWindowFocus: true,
});

/** What a run can start from, and whether the hub may be asked for more. */
export const baseModelsQuery = queryOptions({
  queryKey: ["base-models"],
  queryFn: ({ signal }) => get<BaseModelList>("/models", undefined, signal),
  refetchOnWindowFocus: true,
});
