import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, get, SERVICE_URL } from "@/api/client";
import type { AdapterDetail, AdapterList, ImportedAdapter, Lineage } from "@/api/types";

function pathOf(name: string): string {
  return `/adapters/${encodeURIComponent(name)}`;
}

export const adaptersQuery = queryOptions({
  queryKey: ["adapters"],
  queryFn: ({ signal }) => get<AdapterList>("/adapters", undefined, signal),
});

/** One adapter by its name, or by one that it had before. */
export function adapterQuery(name: string) {
  return queryOptions({
    queryKey: ["adapters", name],
    queryFn: ({ signal }) => get<AdapterDetail>(pathOf(name), undefined, signal),
  });
}

export const lineageQuery = queryOptions({
  queryKey: ["adapters", "", "lineage"],
  queryFn: ({ signal }) => get<Lineage>("/lineage", undefined, signal),
});

/** Address of the adapter's folder as a zip file. */
export function downloadAddress(name: string): string {
  return `${SERVICE_URL}${pathOf(name)}/download`;
}

/** What else tells of adapters and models by their names. */
function useForgetModels() {
  const queries = useQueryClient();
  return async () => {
    await Promise.all(["adapters", "models", "base-models"].map((key) => queries.invalidateQueries({ queryKey: [key] })));
  };
}

export interface AdapterChange {
  name: string;
  description: string;
}

export function useChangeAdapter(name: string) {
  const forget = useForgetModels();
  return useMutation({
    mutationFn: async (change: AdapterChange) => (await client.patch<AdapterDetail>(pathOf(name), change)).data,
    onSuccess: forget,
  });
}

/** An adapter that another trainer has made. */
export interface NewAdapter {
  file: File;
  name: string;
  /** Empty = the one that its files name. */
  base: string;
}

/** Gigabytes take a while to arrive. */
const IMPORT_TIMEOUT_MS = 3_600_000;

export function useImportAdapter() {
  const forget = useForgetModels();
  return useMutation({
    mutationFn: async ({ file, name, base }: NewAdapter) => {
      const params = { name, ...(base && { base_model_name: base }) };
      const options = { params, headers: { "content-type": "application/octet-stream" }, timeout: IMPORT_TIMEOUT_MS };
      return (await client.post<ImportedAdapter>("/adapters/import", file, options)).data;
    },
    onSuccess: forget,
  });
}

export function useDeleteAdapter() {
  const forget = useForgetModels();
  return useMutation({ mutationFn: (name: string) => client.delete(pathOf(name)), onSuccess: forget });
}

/** Deletes a whole model that was merged here. */
export function useDeleteModel() {
  const forget = useForgetModels();
  return useMutation({ mutationFn: (name: string) => client.delete(`/models/${encodeURIComponent(name)}`), onSuccess: forget });
}
