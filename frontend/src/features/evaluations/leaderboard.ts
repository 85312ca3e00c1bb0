/** Which runs stand together in the leaderboard, and in which order. */

import type { EvaluationEntry } from "@/api/evaluation-types";

export interface Board {
  /** Shared by its runs; nothing else makes scores comparable. */
  dataset: string | null;
  /** Name of the score; null of runs that have none. */
  measure: string | null;
  mode: EvaluationEntry["mode"];
  /** Best first; runs that are not complete come last, for they have no place. */
  runs: EvaluationEntry[];
}

/** The runs by what they measured on which data; the board with the newest run first. */
export function boardsOf(entries: EvaluationEntry[]): Board[] {
  const boards = new Map<string, Board>();
  for (const entry of [...entries].sort((one, other) => other.created_at.localeCompare(one.created_at))) {
    const key = JSON.stringify([entry.dataset, entry.score_name, entry.mode]);
    const board = boards.get(key) ?? { dataset: entry.dataset, measure: entry.score_name, mode: entry.mode, runs: [] };
    board.runs.push(entry);
    boards.set(key, board);
  }
  for (const board of boards.values()) board.runs.sort(byPlace);
  return [...boards.values()];
}

/** Whether a run takes part in the ranking. */
export function isRanked({ status, score }: EvaluationEntry): boolean {
  return status === "complete" && score !== null;
}

function byPlace(one: EvaluationEntry, other: EvaluationEntry): number {
  if (isRanked(one) !== isRanked(other)) return isRanked(one) ? -1 : 1;
  return (other.score ?? -Infinity) - (one.score ?? -Infinity);
}

/** Whether there is anything to compare with another run. */
export function isComparable({ status }: EvaluationEntry): boolean {
  return status !== "unfinished" && status !== "unreadable";
}

/** Two of them, the older first: it is what the newer is compared with. */
export function comparedAddress(entries: EvaluationEntry[]): string {
  const [a, b] = [...entries].sort((one, other) => one.created_at.localeCompare(other.created_at));
  return `/compare?${new URLSearchParams({ a: a?.run ?? "", b: b?.run ?? "" }).toString()}`;
}
