import { useEffect, useMemo } from "react";

import { fetchLogBefore, searchLog } from "@/api/job-log";
import { fetchTick } from "@/api/jobs";
import { type Polling, startPolling } from "@/api/poll-loop";
import type { Problem } from "@/api/problem";
import type { JobDetail, Tick } from "@/api/types";
import { CurveStore } from "@/features/jobs/curve-store";
import { LogStore, MOST_LINES } from "@/features/jobs/log-store";
import { Store } from "@/lib/store";

const NOT_FOUND = 404;

export interface FeedState {
  job: JobDetail | null;
  /** The service's clock at the last answer: the browser's may be off by hours. */
  now: string;
  problem: Problem | null;
}

/** Everything a job's page shows, kept up to date by one request at a time. */
export class JobFeed extends Store<FeedState> {
  readonly curve = new CurveStore();
  readonly log = new LogStore();
  private polling: Polling | null = null;
  private reading = Promise.resolve();

  constructor(readonly jobId: string) {
    super({ job: null, now: "", problem: null });
  }

  start(): () => void {
    const polling = startPolling({
      ask: (signal) => this.tick(signal),
      onFailure: (problem) => {
        this.set({ ...this.get(), problem });
        return problem.status !== NOT_FOUND;
      },
    });
    this.polling = polling;
    return polling.stop;
  }

  /** Something was just asked of the job: look at once. */
  readonly look = (): void => this.polling?.now();

  /** Reads of the log what lies before, until this line is held or memory has had enough. */
  readonly loadUpTo = (line: number): Promise<void> => {
    this.reading = this.reading.then(() => this.readBack(line));
    return this.reading;
  };

  private async readBack(line: number): Promise<void> {
    const { log } = this;
    for (;;) {
      const { first, end } = log.get();
      if (first <= line || log.from <= 0 || log.generation === undefined || end - first >= MOST_LINES) return;
      try {
        log.prepend(await fetchLogBefore(this.jobId, log.from, log.generation));
      } catch {
        return; // asked again when somebody scrolls there again
      }
      if (log.get().first === first) return;
    }
  }

  /** The line of the log that tells of a step, as the recipe writes it; null when none does. */
  readonly lineOfStep = async (step: number): Promise<number | null> => {
    const total = this.get().job?.progress.total_steps ?? 0;
    const told = `step ${String(step).padStart(String(total).length)}/${total}`;
    const { matches } = await searchLog(this.jobId, told, { limit: 1 });
    return matches[0]?.line ?? null;
  };

  private async tick(signal: AbortSignal): Promise<number | null> {
    const { next: log, generation } = this.log;
    const tick = await fetchTick(this.jobId, { row: this.curve.rows, log, generation }, signal);
    this.curve.append(tick.metrics);
    this.log.append(tick.log);
    this.set({ job: tick.job, now: tick.now, problem: null });
    return isBehind(tick) ? 0 : tick.next_in_ms;
  }
}

/** The answer was full and more lies ready; an unfinished last line is not more. */
function isBehind({ log }: Tick): boolean {
  return log.next > log.from && log.next < log.size && log.live === "";
}

export function useJobFeed(jobId: string): JobFeed {
  const feed = useMemo(() => new JobFeed(jobId), [jobId]);
  useEffect(() => feed.start(), [feed]);
  return feed;
}
