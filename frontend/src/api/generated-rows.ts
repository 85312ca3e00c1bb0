import { useMutation, useQueryClient } from "@tanstack/react-query";

import { client, get } from "@/api/client";
import { datasetsQuery } from "@/api/datasets";
import type { Decision, GeneratedRow, Published, RowsPiece } from "@/api/generation-types";

function pathOf(jobId: string): string {
  return `/jobs/${encodeURIComponent(jobId)}`;
}

/** Records that a generation has judged since the cursor. */
export function fetchRows(jobId: string, cursor: number, signal: AbortSignal): Promise<RowsPiece> {
  return get<RowsPiece>(`${pathOf(jobId)}/rows`, { cursor }, signal);
}

/** Keeps, changes or drops a record by hand; answers with the record as it stands now. */
export async function decide(jobId: string, rowId: string, decision: Decision): Promise<GeneratedRow> {
  return (await client.put<GeneratedRow>(`${pathOf(jobId)}/rows/${encodeURIComponent(rowId)}`, decision)).data;
}

/** Makes a dataset of what was accepted, with every decision taken into account. */
export function usePublish(jobId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => (await client.post<Published>(`${pathOf(jobId)}/publish`)).data,
    onSuccess: () => queries.invalidateQueries({ queryKey: datasetsQuery.queryKey }),
  });
}
