import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, get } from "@/api/client";
import type { AdapterList } from "@/api/types";

export const adaptersQuery = queryOptions({
  queryKey: ["adapters"],
  queryFn: ({ signal }) => get<AdapterList>("/adapters", undefined, signal),
});

export function useDeleteAdapter() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => client.delete(`/adapters/${encodeURIComponent(name)}`),
    onSuccess: () => queries.invalidateQueries({ queryKey: adaptersQuery.queryKey }),
  });
}
