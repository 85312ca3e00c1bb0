import { Button, Flex, Text } from "@chakra-ui/react";
import { useState } from "react";
import { useNavigate } from "react-router";

import { useContact } from "@/api/contact";
import { hasEnded, type JobAction, useJobAction } from "@/api/jobs";
import type { JobDetail, JobStatus } from "@/api/types";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ErrorNotice } from "@/components/ErrorNotice";
import { PageHeader } from "@/components/PageHeader";
import { LinkButton } from "@/components/RouterLink";
import { StatusPill } from "@/components/StatusPill";
import { formatFullTime, formatTime } from "@/lib/format";

const SAVED_STEP = "A run that has begun finishes its step and saves a checkpoint, so that it can be resumed later.";
const SAVED_FILES = "Files that have arrived whole are kept, so that it can be resumed later.";
const SAVED_ANSWERS = "What was answered so far is kept, so that it can be resumed later and nothing is paid for twice.";

const SAVED: Record<string, string> = { train: SAVED_STEP, download: SAVED_FILES };

/** Kinds that a page sets up; the others are started by what needs them. */
const WITH_A_FORM = ["train", "merge", "evaluate", "generate"];

const RESUMABLE: JobStatus[] = ["failed", "cancelled", "interrupted"];

/** Name, status, and what can be done with the job now. */
export function JobHeader({ job, onActed }: { job: JobDetail; onActed: () => void }) {
  const navigate = useNavigate();
  const { lost } = useContact();
  const [asking, setAsking] = useState<"cancel" | "delete" | null>(null);
  const action = useJobAction(job.job_id);
  const ended = hasEnded(job.status);
  const resumable = "resume" in job.params;
  const stopping = job.status === "stopping" || (!ended && action.variables === "cancel" && !action.isError);
  const act = (what: JobAction) =>
    action.mutate(what, { onSuccess: what === "delete" ? () => void navigate("/jobs") : onActed });
  return (
    <>
      <PageHeader
        title={job.name}
        description={<Facts job={job} status={stopping ? "stopping" : job.status} />}
        actions={
          <>
            {!ended && (
              <Button size="sm" variant="outline" disabled={lost || stopping} onClick={() => setAsking("cancel")}>
                {stopping ? "Stopping…" : "Cancel"}
              </Button>
            )}
            {RESUMABLE.includes(job.status) && resumable && (
              <Button size="sm" disabled={lost} loading={action.isPending && action.variables === "resume"} onClick={() => act("resume")}>
                Resume
              </Button>
            )}
            {WITH_A_FORM.includes(job.kind) && (
              <LinkButton to={`/${job.kind}?from=${job.job_id}`} variant="outline">
                Duplicate
              </LinkButton>
            )}
            {ended && (
              <Button size="sm" variant="outline" disabled={lost} onClick={() => setAsking("delete")}>
                Delete
              </Button>
            )}
          </>
        }
      />
      {action.isError && <ErrorNotice title={`Could not ${action.variables} the job`} error={action.error} />}
      <Questions asking={asking} name={job.name} kind={job.kind} resumable={resumable} onClose={() => setAsking(null)} act={act} />
    </>
  );
}

function Facts({ job, status }: { job: JobDetail; status: JobStatus }) {
  const time = job.started_at ?? job.created_at;
  return (
    <Flex as="span" align="center" gap="3" wrap="wrap" mt="1">
      <StatusPill status={status} />
      <Text as="span">{job.kind}</Text>
      <Text as="span" title={formatFullTime(time)}>
        {job.started_at ? "started" : "submitted"} {formatTime(time)}
      </Text>
      {job.queue_position !== null && <Text as="span">place {job.queue_position} in the queue</Text>}
    </Flex>
  );
}

interface QuestionsProps {
  asking: "cancel" | "delete" | null;
  name: string;
  kind: string;
  /** Whether a run that is cancelled can go on later. */
  resumable: boolean;
  onClose: () => void;
  act: (what: JobAction) => void;
}

function Questions({ asking, name, kind, resumable, onClose, act }: QuestionsProps) {
  return (
    <>
      <ConfirmDialog
        open={asking === "cancel"}
        title={`Cancel ${name}?`}
        confirm="Cancel the run"
        onConfirm={() => act("cancel")}
        onClose={onClose}
      >
        {!resumable && "What it has made so far is dropped; it can be started again."}
        {resumable && (SAVED[kind] ?? SAVED_ANSWERS)}
      </ConfirmDialog>
      <ConfirmDialog
        open={asking === "delete"}
        title={`Delete ${name}?`}
        confirm="Delete"
        onConfirm={() => act("delete")}
        onClose={onClose}
      >
        The job's record, log and curves are removed. What it has made stays.
      </ConfirmDialog>
    </>
  );
}
