/** Changes of datasets: each asks for the version that was seen, and most can be taken back for a while. */

import { useMutation, useQueryClient } from "@tanstack/react-query";

import { client } from "@/api/client";
import { addressOf, datasetsQuery } from "@/api/datasets";
import type { ChangedDataset, Dataset, DeletedDataset, DividedDataset, JsonObject } from "@/api/types";

/** What was seen of a dataset. */
export type Seen = Pick<Dataset, "name" | "version">;

/** Duplicates are found by a process of its own. */
const DEDUPLICATE_TIMEOUT_MS = 180_000;

function useChange<Given, Answer>(change: (given: Given) => Promise<Answer>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => queries.invalidateQueries({ queryKey: datasetsQuery.queryKey }),
  });
}

/** Puts another record in a place of the file. */
export function useReplaceRecord() {
  return useChange(async ({ seen, index, record }: { seen: Seen; index: number; record: JsonObject }) => {
    const body = { record, version: seen.version };
    return (await client.put<ChangedDataset>(`${addressOf(seen.name)}/records/${index}`, body)).data;
  });
}

export function useDeleteRecords() {
  return useChange(async ({ seen, indices }: { seen: Seen; indices: number[] }) => {
    const params = { index: indices, version: seen.version };
    return (await client.delete<ChangedDataset>(`${addressOf(seen.name)}/records`, { params })).data;
  });
}

/** Calls the columns in the file as the parts they play. */
export function useNameColumns() {
  return useChange(async ({ seen, mapping }: { seen: Seen; mapping: Record<string, string> }) => {
    const body = { column_mapping: mapping, version: seen.version };
    return (await client.post<ChangedDataset>(`${addressOf(seen.name)}/columns`, body)).data;
  });
}

/** Keeps the first of all records that say the same. */
export function useDeduplicate() {
  return useChange(async ({ seen, near }: { seen: Seen; near: boolean }) => {
    const options = { timeout: DEDUPLICATE_TIMEOUT_MS };
    return (await client.post<ChangedDataset>(`${addressOf(seen.name)}/deduplicate`, { near, version: seen.version }, options)).data;
  });
}

export function useSplit() {
  return useChange(async ({ name, share, seed }: { name: string; share: number; seed: number }) => {
    return (await client.post<DividedDataset>(`${addressOf(name)}/split`, { share, seed })).data;
  });
}

export function useRename() {
  return useChange(async ({ seen, to }: { seen: Seen; to: string }) => {
    return (await client.patch<Dataset>(addressOf(seen.name), { name: to, version: seen.version })).data;
  });
}

export function useDeleteDataset() {
  return useChange(async (seen: Seen) => {
    return (await client.delete<DeletedDataset>(addressOf(seen.name), { params: { version: seen.version } })).data;
  });
}

/** Takes a change back. */
export function useUndo() {
  return useChange(async (undo: string) => (await client.post<Dataset>("/datasets/undo", { undo })).data);
}
