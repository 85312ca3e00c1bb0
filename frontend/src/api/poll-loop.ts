/**
 * Asks again and again, one question at a time: the next is asked some time after the last was answered, so answers
 * never overlap or arrive out of order.
 */

import { contact } from "@/api/contact";
import { type Problem, toProblem } from "@/api/problem";

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
const JITTER = 0.25;
/** A page nobody looks at only keeps its title fresh. */
const HIDDEN_MS = 20_000;

export interface PollOptions {
  /** Asks once; answers after how many milliseconds to ask again, or null for never. */
  ask: (signal: AbortSignal) => Promise<number | null>;
  /** Told of every failure; answers whether asking again makes sense. */
  onFailure: (problem: Problem) => boolean;
  /** Told after a failure how long the next try is away. */
  onRetry?: (inMs: number) => void;
}

export interface Polling {
  stop: () => void;
  /** Ask at once, also when the loop had come to its end; what is being asked already is asked once more. */
  now: () => void;
}

export function startPolling({ ask, onFailure, onRetry }: PollOptions): Polling {
  const aborter = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let asking = false;
  let wanted = false;
  let finished = false;

  const schedule = (delay: number) => {
    clearTimeout(timer);
    const wait = document.hidden ? Math.max(delay, HIDDEN_MS) : delay;
    if (failures > 0) onRetry?.(wait);
    timer = setTimeout(() => void step(), wait);
  };

  const step = async () => {
    if (asking || aborter.signal.aborted) return;
    asking = true;
    wanted = false;
    let delay: number | null;
    try {
      delay = await ask(aborter.signal);
      failures = 0;
    } catch (error) {
      if (aborter.signal.aborted) return;
      failures += 1;
      delay = onFailure(toProblem(error)) ? retryDelay(failures) : null;
    } finally {
      asking = false;
    }
    finished = delay === null && !wanted;
    if (!finished && !aborter.signal.aborted) schedule(wanted ? 0 : (delay ?? 0));
  };

  const now = () => {
    finished = false;
    if (asking) wanted = true;
    else schedule(0);
  };
  const onVisibility = () => {
    if (!document.hidden && !finished) now();
  };
  // Whoever else was answered after all shows that waiting any longer is for nothing.
  let wasLost = contact.get().lost;
  const onContact = () => {
    const { lost } = contact.get();
    const isBack = wasLost && !lost;
    wasLost = lost;
    if (isBack && failures > 0 && !asking && !finished) schedule(0);
  };
  document.addEventListener("visibilitychange", onVisibility);
  window.addEventListener("online", onVisibility);
  const unsubscribe = contact.subscribe(onContact);
  void step();

  return {
    stop: () => {
      aborter.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onVisibility);
      window.removeEventListener("online", onVisibility);
      unsubscribe();
    },
    now,
  };
}

/** 0.5, 1, 2, 4 … 30 seconds, spread a little so that many tabs do not return all at once. */
export function retryDelay(failures: number, random = Math.random()): number {
  const delay = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
  return delay * (1 + JITTER * (2 * random - 1));
}
