/**
 * Asks again and again, one question at a time: the next is asked some time after the last was answered, so answers
 * never overlap or arrive out of order.
 */

import { type Problem, toProblem } from "@/api/problem";

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
const JITTER = 0.25;
/** A page nobody looks at only keeps its title fresh. */
const HIDDEN_MS = 15_000;

export interface PollOptions {
  /** Asks once; answers after how many milliseconds to ask again, or null for never. */
  ask: (signal: AbortSignal) => Promise<number | null>;
  /** Told of every failure; answers whether asking again makes sense. */
  onFailure: (problem: Problem) => boolean;
}

export interface Polling {
  stop: () => void;
  /** Ask at once, also when the loop had come to its end. */
  now: () => void;
}

export function startPolling({ ask, onFailure }: PollOptions): Polling {
  const aborter = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let asking = false;
  let finished = false;

  const schedule = (delay: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => void step(), document.hidden ? Math.max(delay, HIDDEN_MS) : delay);
  };

  const step = async () => {
    if (asking || aborter.signal.aborted) return;
    asking = true;
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
    finished = delay === null;
    if (delay !== null && !aborter.signal.aborted) schedule(delay);
  };

  const onVisibility = () => {
    if (!document.hidden && !finished) schedule(0);
  };
  document.addEventListener("visibilitychange", onVisibility);
  void step();

  return {
    stop: () => {
      aborter.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onVisibility);
    },
    now: () => {
      finished = false;
      schedule(0);
    },
  };
}

/** 0.5, 1, 2, 4 … 30 seconds, spread a little so that many tabs do not return all at once. */
export function retryDelay(failures: number, random = Math.random()): number {
  const delay = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
  return delay * (1 + JITTER * (2 * random - 1));
}
