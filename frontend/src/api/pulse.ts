/**
 * The one question that the dashboard asks again and again: what goes on? Pages ask for their own things once, and
 * again when the pulse says that there is something new.
 */

import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { get } from "@/api/client";
import { contact } from "@/api/contact";
import { type Polling, startPolling } from "@/api/poll-loop";
import type { Pulse } from "@/api/types";
import { Store, useStore } from "@/lib/store";

const REFUSED = 401;

class PulseStore extends Store<Pulse | null> {
  private polling: Polling | null = null;

  constructor() {
    super(null);
  }

  /** Begins to ask; returns what ends it and forgets what was told: the next to sign in sees nothing of it. */
  start(queries: QueryClient): () => void {
    const polling = startPolling({
      ask: async (signal) => {
        const wasLost = contact.get().lost;
        const next = await get<Pulse>("/pulse", undefined, signal);
        const last = this.get();
        this.take(next);
        void refresh(queries, last, next, wasLost);
        return next.next_in_ms;
      },
      onFailure: ({ status }) => status !== REFUSED,
      onRetry: contact.reportNextTry,
    });
    this.polling = polling;
    return () => {
      polling.stop();
      this.take(null);
    };
  }

  /** Ask at once: something was just changed, or somebody does not want to wait. */
  readonly look = (): void => this.polling?.now();

  readonly take = (pulse: Pulse | null): void => this.set(pulse);
}

/** Has what is on the page asked for again, as far as it may have changed. */
function refresh(queries: QueryClient, last: Pulse | null, next: Pulse, wasLost: boolean): Promise<void> {
  const isRestarted = last !== null && last.server_id !== next.server_id;
  // A run that has ended has made something: an adapter, a model, a dataset, an evaluation.
  const hasEnded = last !== null && latestEnd(last) !== latestEnd(next);
  if (isRestarted || wasLost || hasEnded) return queries.invalidateQueries();
  if (last !== null && last.revision !== next.revision) return queries.invalidateQueries({ queryKey: ["jobs"] });
  return Promise.resolve();
}

function latestEnd({ ended: [latest] }: Pulse): string {
  return `${latest?.job_id} ${latest?.finished_at}`;
}

export const pulse = new PulseStore();

/** What goes on; null before the first answer. */
export function usePulse(): Pulse | null {
  return useStore(pulse);
}

/** Keeps the pulse for as long as what calls it is drawn: the shell, once. */
export function usePulseLoop(): void {
  const queries = useQueryClient();
  useEffect(() => pulse.start(queries), [queries]);
}
