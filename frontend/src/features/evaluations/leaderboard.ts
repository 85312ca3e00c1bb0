/** Which runs stand together in the leaderboard, and in which order. */

import type { EvaluationEntry } from "@/api/evaluation-types";

export interface Board {
  /** Name of the score; null of runs that have none. */
  measure: string | null;
  mode: EvaluationEntry["mode"];
  parts: Part[];
}

/** Runs on the same data: only these are ranked against each other. */
export interface Part {
  dataset: string | null;
  /** Best first; runs that are not complete come last, for they have no place. */
  runs: EvaluationEntry[];
}

/** The runs by what they measured, and within that by the data; the board with the newest run first. */
export function boardsOf(entries: EvaluationEntry[]): Board[] {
  const boards = new Map<string, Board>();
  for (const entry of [...entries].sort((one, other) => other.created_at.localeCompare(one.created_at))) {
    const key = JSON.stringify([entry.score_name, entry.mode]);
    const board = boards.get(key) ?? { measure: entry.score_name, mode: entry.mode, parts: [] };
    const part = board.parts.find(({ dataset }) => dataset === entry.dataset);
    if (part) part.runs.push(entry);
    else board.parts.push({ dataset: entry.dataset, runs: [entry] });
    boards.set(key, board);
  }
  for (const { parts } of boards.values()) for (const { runs } of parts) runs.sort(byPlace);
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
