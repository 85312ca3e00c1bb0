import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";

import { labelJob } from "@/api/history";
import { actOnJob, type JobAction, moveJob } from "@/api/jobs";
import { toProblem } from "@/api/problem";
import { pulse } from "@/api/pulse";
import type { JobSummary, Labels } from "@/api/types";
import { toast } from "@/components/toasts";
import { deletions } from "@/features/jobs/deletions";

const DONE: Record<JobAction, string> = { finish: "Finishing", cancel: "Stopping", force: "Killed", resume: "Queued again", delete: "Deleted" };

/** What can be done with the runs of the list; the functions stay the same, so that rows need not be drawn anew. */
export interface JobActions {
  act: (jobs: readonly JobSummary[], action: "cancel" | "resume") => Promise<void>;
  /** Puts a waiting run before all others of its queue. */
  runNext: (job: JobSummary) => Promise<void>;
  label: (job: JobSummary, labels: Labels) => Promise<void>;
  /** Gives every one of them this tag, or takes it away. */
  tagAll: (jobs: readonly JobSummary[], tag: string, on: boolean) => Promise<void>;
  removeLater: (job: JobSummary) => void;
  removeNow: (jobs: readonly JobSummary[]) => Promise<void>;
}

export function useJobActions(): JobActions {
  const queries = useQueryClient();
  return useMemo(() => actionsOver(queries), [queries]);
}

function actionsOver(queries: QueryClient): JobActions {
  const lookAgain = () => {
    pulse.look();
    return queries.invalidateQueries({ queryKey: ["jobs"] });
  };
  /** One after the other: what fails is said by name, and stops none of the others. */
  const forEach = async (jobs: readonly JobSummary[], what: string, work: (job: JobSummary) => Promise<unknown>): Promise<number> => {
    let done = 0;
    for (const job of jobs) {
      try {
        await work(job);
        done += 1;
      } catch (error) {
        toast({ title: `${job.name} could not be ${what}`, description: toProblem(error).message, tone: "error" });
      }
    }
    await lookAgain();
    return done;
  };
  const label = async (job: JobSummary, labels: Labels) => {
    await forEach([job], "changed", () => labelJob(job.job_id, labels));
  };
  return {
    act: async (jobs, action) => {
      const done = await forEach(jobs, action === "cancel" ? "stopped" : "resumed", (job) => actOnJob(job.job_id, action));
      if (done > 0) toast({ title: `${DONE[action]}: ${done === 1 ? (jobs[0]?.name ?? "") : `${done} runs`}`, tone: "info" });
    },
    runNext: async (job) => {
      if (await forEach([job], "moved", () => moveJob(job.job_id, 1))) toast({ title: `${job.name} is next`, tone: "info" });
    },
    label,
    tagAll: async (jobs, tag, on) => {
      const others = (job: JobSummary) => job.tags.filter((known) => known !== tag);
      await forEach(jobs, "tagged", (job) => labelJob(job.job_id, { tags: on ? [...others(job), tag] : others(job) }));
    },
    removeLater: (job) => deletions.removeLater(job, queries),
    removeNow: (jobs) => deletions.removeNow(jobs, queries),
  };
}
