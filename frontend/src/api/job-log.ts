/** A job's log beyond what a tick brings. */

import { queryOptions } from "@tanstack/react-query";

import { get, SERVICE_URL } from "@/api/client";
import type { LogMatches, LogPiece } from "@/api/types";

/** Most that the service reads backwards at once. */
const PIECE_BYTES = 1024 * 1024;

function pathOf(jobId: string): string {
  return `/jobs/${encodeURIComponent(jobId)}/log`;
}

/** The piece that ends at this offset. */
export function fetchLogBefore(jobId: string, before: number, generation: number): Promise<LogPiece> {
  return get<LogPiece>(pathOf(jobId), { before, generation, max: PIECE_BYTES });
}

export function searchLog(jobId: string, q: string, part: { limit?: number; before?: number }, signal?: AbortSignal): Promise<LogMatches> {
  return get<LogMatches>(`${pathOf(jobId)}/search`, { q, ...part }, signal);
}

/** The lines up to an offset that hold a text. */
export function logMatchesQuery(jobId: string, q: string, before: number | undefined) {
  return queryOptions({
    queryKey: ["log", jobId, q, before],
    queryFn: ({ signal }) => searchLog(jobId, q, { before }, signal),
    staleTime: Infinity,
  });
}

/** Where a browser downloads the whole log. */
export function logAddress(jobId: string): string {
  return `${SERVICE_URL}${pathOf(jobId)}.txt`;
}
