import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, get } from "@/api/client";
import type { ConfigList, JsonObject, Reading, SavedConfig, WholeConfig } from "@/api/types";

const path = (kind: string, name?: string) => `/configs/${[kind, name].filter((part) => part !== undefined).map(encodeURIComponent).join("/")}`;

/** The configurations of a kind that were saved under a name. */
export function configsQuery(kind: string) {
  return queryOptions({
    queryKey: ["configs", kind],
    queryFn: ({ signal }) => get<ConfigList>(path(kind), undefined, signal),
    select: (answer) => answer.configs,
    refetchOnWindowFocus: true,
  });
}

export function fetchConfig(kind: string, name: string): Promise<WholeConfig> {
  return get<WholeConfig>(path(kind, name));
}

/** Save and delete; the list is asked again afterwards. */
export function useConfigChanges(kind: string) {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: ["configs", kind] });
  const save = useMutation({
    mutationFn: async ({ name, params }: { name: string; params: JsonObject }) => (await client.put<SavedConfig>(path(kind, name), { params })).data,
    onSuccess,
  });
  const remove = useMutation({ mutationFn: async (name: string) => void (await client.delete(path(kind, name))), onSuccess });
  return { save, remove };
}

/** What a YAML, a JSON or a command line says, as far as the form of the kind can hold it. */
export async function readParams(kind: string, text: string): Promise<Reading> {
  return (await client.post<Reading>(`/job-kinds/${encodeURIComponent(kind)}/read`, { text })).data;
}

/** Parameters as YAML. */
export function yamlQuery(kind: string, params: JsonObject) {
  return queryOptions({
    queryKey: ["yaml", kind, params],
    queryFn: async ({ signal }) => (await client.post<{ yaml: string }>(`/job-kinds/${encodeURIComponent(kind)}/write`, { params }, { signal })).data.yaml,
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
}
