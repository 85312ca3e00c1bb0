/** How a run is ended, and taken up again, in words. */

import type { JobAction } from "@/api/jobs";
import type { JobDetail, JobStatus } from "@/api/types";
import { formatCount, secondsBetween } from "@/lib/format";

/** After so long somebody who waits for a stop may want to force it. */
const PATIENCE_SECONDS = 10;

const SAVED: Record<string, string> = {
  train: "It finishes its step and writes a checkpoint, from which it can go on later. There is no adapter until then.",
  download: "Files that have arrived whole are kept, so that it can go on later.",
};
const SAVED_ANSWERS = "What was answered so far is kept, so that it can go on later and nothing is paid for twice.";
const DROPPED = "What it has made so far is dropped; it can be started again.";

/** What becomes of a job that is stopped now. */
export function stopWords({ kind, params, status }: JobDetail): string {
  if (status === "queued") return "It has not begun: nothing is lost.";
  if (!("resume" in params)) return DROPPED;
  return SAVED[kind] ?? SAVED_ANSWERS;
}

/** What becomes of a training run that is finished now. */
export function finishWords({ progress: { step, total_steps: total } }: JobDetail): string {
  const at = total > 0 ? `step ${formatCount(Math.min(step + 1, total))} of ${formatCount(total)}` : "its first step";
  return `It finishes ${at}, is scored, saved and registered as it stands, and counts as succeeded.`;
}

/** What is lost when the processes of a job are killed. */
export function forceWords({ kind, params, controls: { resumes_from: step } }: JobDetail): string {
  if (!("resume" in params)) return `Its processes are killed now. ${DROPPED}`;
  if (kind !== "train") return "Its processes are killed now. What they had in hand is lost; what they had kept is not.";
  if (step === null) return "Its processes are killed now. There is no checkpoint yet: everything it has learnt is lost.";
  return `Its processes are killed now. What it has learnt since checkpoint ${formatCount(step)} is lost.`;
}

/** The status that a job has as soon as something was asked of it, before the service has answered. */
export function statusAfter(status: JobStatus, asked: JobAction | undefined): JobStatus {
  if (asked === "finish") return "finishing";
  return (asked === "cancel" || asked === "force") && status !== "queued" ? "stopping" : status;
}

/** What a job does on its way to an early end. */
export function endingWords({ kind, progress: { phase, step, total_steps: total } }: JobDetail, shown: JobStatus): string | null {
  if (kind !== "train" || total === 0) return null;
  // The run tells when it has heard; until then it is in the step after the last one told.
  const heard = phase !== "training";
  const at = formatCount(Math.min(heard ? step : step + 1, total));
  if (shown === "stopping") return `Stopping, writing checkpoint ${at}…`;
  return shown === "finishing" ? `Finishing at step ${at}, keeping the adapter…` : null;
}

/** Whether a stop has taken so long, by the service's clock, that it may be forced. */
export function mayForce({ controls: { stop_asked_at: since } }: JobDetail, now: string): boolean {
  return since !== null && secondsBetween(since, now) >= PATIENCE_SECONDS;
}

/** What a resume would do. */
export function resumeLabel({ kind, controls: { resumes_from: step } }: JobDetail): string {
  if (kind !== "train") return "Resume";
  return step === null ? "Start again" : `Resume from step ${formatCount(step)}`;
}
