/** Runs that are about to be deleted: hidden at once, gone when nobody has taken it back. */

import type { QueryClient } from "@tanstack/react-query";

import { actOnJob } from "@/api/jobs";
import { toProblem } from "@/api/problem";
import type { JobSummary } from "@/api/types";
import { toast, toasts } from "@/components/toasts";
import { formatCounted } from "@/lib/format";
import { Store } from "@/lib/store";

const SECONDS_TO_UNDO = 10;

class Deletions extends Store<ReadonlySet<string>> {
  constructor() {
    super(new Set());
  }

  /** Hides a run and deletes it after a while; a page that is closed before leaves it as it is. */
  readonly removeLater = (job: JobSummary, queries: QueryClient): void => {
    const key = `delete-${job.job_id}`;
    this.hide([job]);
    const timer = setTimeout(() => {
      toasts.close(key);
      void this.remove([job], queries);
    }, SECONDS_TO_UNDO * 1000);
    const onSelect = () => {
      clearTimeout(timer);
      this.show([job]);
    };
    toast({ key, title: `Deleting ${job.name}`, description: `Gone in ${SECONDS_TO_UNDO} s: its record, log and curve. What it made stays.`, tone: "info", action: { label: "Undo", onSelect } });
  };

  /** Deletes runs one after the other, and says what came of it. */
  readonly removeNow = async (jobs: readonly JobSummary[], queries: QueryClient): Promise<void> => {
    this.hide(jobs);
    const removed = await this.remove(jobs, queries);
    if (removed > 0) toast({ title: `${formatCounted(removed, "run")} deleted` });
  };

  private async remove(jobs: readonly JobSummary[], queries: QueryClient): Promise<number> {
    let removed = 0;
    for (const job of jobs) {
      try {
        await actOnJob(job.job_id, "delete");
        removed += 1;
      } catch (error) {
        toast({ title: `${job.name} could not be deleted`, description: toProblem(error).message, tone: "error" });
      }
    }
    await queries.invalidateQueries({ queryKey: ["jobs"] });
    this.show(jobs);
    return removed;
  }

  private hide(jobs: readonly JobSummary[]): void {
    this.set(new Set([...this.get(), ...jobs.map((job) => job.job_id)]));
  }

  private show(jobs: readonly JobSummary[]): void {
    const shown = new Set(jobs.map((job) => job.job_id));
    this.set(new Set([...this.get()].filter((id) => !shown.has(id))));
  }
}

export const deletions = new Deletions();
