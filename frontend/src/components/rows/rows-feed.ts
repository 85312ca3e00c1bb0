import { useEffect, useMemo } from "react";

import { decide, fetchRows } from "@/api/generated-rows";
import type { Decision, GeneratedRow } from "@/api/generation-types";
import { type Polling, startPolling } from "@/api/poll-loop";
import type { Problem } from "@/api/problem";
import { Store } from "@/lib/store";

const EVERY_MS = 2000;
const NOT_FOUND = 404;

export interface RowsState {
  /** In the order in which they were judged. */
  rows: GeneratedRow[];
  /** Nothing was answered yet. */
  loading: boolean;
  problem: Problem | null;
}

/** The records of a generation, as they come; a record that comes again takes its old place. */
export class RowsFeed extends Store<RowsState> {
  private cursor = 0;
  private ended = false;
  private polling: Polling | null = null;

  constructor(private readonly jobId: string) {
    super({ rows: [], loading: true, problem: null });
  }

  start(): () => void {
    const polling = startPolling({
      ask: (signal) => this.ask(signal),
      onFailure: (problem) => {
        this.set({ ...this.get(), loading: false, problem });
        return problem.status !== NOT_FOUND;
      },
    });
    this.polling = polling;
    return polling.stop;
  }

  /** The job has come to its end, or gone on again: then its last records are fetched, and no more is asked. */
  follow(ended: boolean): void {
    if (ended === this.ended) return;
    this.ended = ended;
    this.polling?.now();
  }

  /** Throws a `Problem` when the decision was not taken. */
  async decide(rowId: string, decision: Decision): Promise<void> {
    this.merge([await decide(this.jobId, rowId, decision)]);
  }

  private async ask(signal: AbortSignal): Promise<number | null> {
    const { ended } = this; // as it was when the service was asked: what comes to an end meanwhile has to be asked again
    const { rows, next, behind } = await fetchRows(this.jobId, this.cursor, signal);
    this.cursor = next;
    this.merge(rows);
    if (behind) return 0;
    return ended ? null : EVERY_MS;
  }

  private merge(news: GeneratedRow[]): void {
    const { rows: before, loading, problem } = this.get();
    if (news.length === 0 && !loading && problem === null) return;
    const fresh = new Map(news.map((row) => [row.id, row]));
    const kept = before.map((row) => fresh.get(row.id) ?? row);
    const known = new Set(before.map((row) => row.id));
    const rows = [...kept, ...[...fresh.values()].filter((row) => !known.has(row.id))];
    this.set({ rows, loading: false, problem: null });
  }
}

export function useRowsFeed(jobId: string, ended: boolean): RowsFeed {
  const feed = useMemo(() => new RowsFeed(jobId), [jobId]);
  useEffect(() => feed.start(), [feed]);
  useEffect(() => feed.follow(ended), [feed, ended]);
  return feed;
}
