import { queryOptions } from "@tanstack/react-query";

import { get } from "@/api/client";
import type { ModelList } from "@/api/types";

/** Everything that can be asked: base models, adapters, merged models. */
export const modelsQuery = queryOptions({
  queryKey: ["models"],
  queryFn: ({ signal }) => get<ModelList>("/v1/models", undefined, signal),
  select: (answer) => answer.data,
  refetchOnWindowFocus: true,
});
