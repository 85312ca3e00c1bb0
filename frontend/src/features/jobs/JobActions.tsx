import { Button } from "@chakra-ui/react";
import { Copy, Download, Flag, Play, Square, Trash2 } from "lucide-react";
import { useState } from "react";

import { useContact } from "@/api/contact";
import { bundleAddress } from "@/api/history";
import { hasEnded, type JobAction } from "@/api/jobs";
import type { JobDetail, JobStatus } from "@/api/types";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { LinkButton } from "@/components/RouterLink";
import { forceWords, mayForce, resumeLabel, stopWords } from "@/features/jobs/ending";
import { StopDialog } from "@/features/jobs/StopDialog";

/** Kinds that a page sets up; the others are started by what needs them. */
const WITH_A_FORM = ["train", "merge", "evaluate", "generate"];

interface JobActionsProps {
  job: JobDetail;
  /** The service's clock. */
  now: string;
  /** The job's status, or what it becomes by what was just asked. */
  status: JobStatus;
  pending: JobAction | null;
  act: (what: JobAction) => void;
}

/** What can be done with the job now, each question asked before something is lost. */
export function JobActions({ job, now, status, pending, act }: JobActionsProps) {
  const { lost } = useContact();
  const [asking, setAsking] = useState<"stop" | "force" | "delete" | null>(null);
  const close = () => setAsking(null);
  const ended = hasEnded(job.status);
  return (
    <>
      {!ended && <StopButton job={job} status={status} disabled={lost} onAsk={() => setAsking("stop")} />}
      {status === "stopping" && mayForce(job, now) && (
        <Button size="sm" colorPalette="red" disabled={lost || pending === "force"} onClick={() => setAsking("force")}>
          Force stop
        </Button>
      )}
      {job.controls.can_resume && (
        <Button size="sm" disabled={lost} loading={pending === "resume"} onClick={() => act("resume")}>
          <Play aria-hidden />
          {resumeLabel(job)}
        </Button>
      )}
      {WITH_A_FORM.includes(job.kind) && (
        <LinkButton to={`/${job.kind}?from=${job.job_id}`} variant="outline">
          <Copy aria-hidden />
          Duplicate and change
        </LinkButton>
      )}
      {ended && (
        <Button asChild size="sm" variant="outline">
          <a href={bundleAddress(job.job_id)} download>
            <Download aria-hidden />
            Download
          </a>
        </Button>
      )}
      {ended && (
        <Button size="sm" variant="outline" disabled={lost} onClick={() => setAsking("delete")}>
          <Trash2 aria-hidden />
          Delete
        </Button>
      )}
      <StopQuestion job={job} open={asking === "stop"} act={act} onClose={close} />
      <ConfirmDialog open={asking === "force"} title={`Force ${job.name} to stop?`} confirm="Force stop" onConfirm={() => act("force")} onClose={close}>
        {forceWords(job)}
      </ConfirmDialog>
      <ConfirmDialog open={asking === "delete"} title={`Delete ${job.name}?`} confirm="Delete" onConfirm={() => act("delete")} onClose={close}>
        The job's record, log and curves are removed. What it has made stays.
      </ConfirmDialog>
    </>
  );
}

interface StopButtonProps {
  job: JobDetail;
  status: JobStatus;
  disabled: boolean;
  onAsk: () => void;
}

/** While a run finishes it can still be stopped; while it stops there is nothing to ask but to force it. */
function StopButton({ job, status, disabled, onAsk }: StopButtonProps) {
  const stopping = status === "stopping";
  return (
    <Button size="sm" variant="outline" disabled={disabled || stopping} onClick={onAsk}>
      {status === "finishing" ? <Flag aria-hidden /> : <Square aria-hidden />}
      {stopping ? "Stopping…" : job.controls.can_finish ? "Stop" : "Cancel"}
    </Button>
  );
}

interface StopQuestionProps {
  job: JobDetail;
  open: boolean;
  act: (what: JobAction) => void;
  onClose: () => void;
}

function StopQuestion({ job, open, act, onClose }: StopQuestionProps) {
  if (job.controls.can_finish) return <StopDialog job={job} open={open} act={act} onClose={onClose} />;
  return (
    <ConfirmDialog open={open} title={`Cancel ${job.name}?`} confirm="Cancel the run" onConfirm={() => act("cancel")} onClose={onClose}>
      {stopWords(job)}
    </ConfirmDialog>
  );
}
