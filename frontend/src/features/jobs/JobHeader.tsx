import { Flex, Text } from "@chakra-ui/react";
import { useNavigate } from "react-router";

import { hasEnded, type JobAction, useJobAction } from "@/api/jobs";
import type { JobDetail, JobStatus } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { PageHeader } from "@/components/PageHeader";
import { StatusPill } from "@/components/StatusPill";
import { toast } from "@/components/toasts";
import { endingWords, statusAfter } from "@/features/jobs/ending";
import { JobActions } from "@/features/jobs/JobActions";
import { formatFullTime, formatTime } from "@/lib/format";

interface JobHeaderProps {
  job: JobDetail;
  /** The service's clock. */
  now: string;
  onActed: () => void;
}

/** Name, status, and what can be done with the job now. */
export function JobHeader({ job, now, onActed }: JobHeaderProps) {
  const navigate = useNavigate();
  const { mutate, variables, isPending, isError, error, reset } = useJobAction(job.job_id);
  const asked = isError || hasEnded(job.status) ? undefined : variables;
  const status = statusAfter(job.status, asked);
  const act = (what: JobAction) =>
    mutate(what, {
      onSuccess: () => {
        if (what === "delete") {
          toast({ title: `${job.name} deleted` });
          void navigate("/jobs");
          return;
        }
        onActed();
        if (what === "resume") reset(); // the next stop is another one
      },
    });
  return (
    <>
      <PageHeader
        title={job.name}
        description={<Facts job={job} status={status} />}
        actions={<JobActions job={job} now={now} status={status} pending={isPending ? variables : null} act={act} />}
      />
      {isError && <ErrorNotice title={`Could not ${VERBS[variables]} the job`} error={error} />}
    </>
  );
}

const VERBS: Record<JobAction, string> = { cancel: "stop", force: "stop", finish: "finish", resume: "resume", delete: "delete" };

function Facts({ job, status }: { job: JobDetail; status: JobStatus }) {
  const time = job.started_at ?? job.created_at;
  const ending = endingWords(job, status);
  return (
    <Flex as="span" align="center" columnGap="3" rowGap="1" wrap="wrap" mt="1">
      <StatusPill status={status} />
      {ending ? (
        <Text as="span" role="status">
          {ending}
        </Text>
      ) : (
        <>
          <Text as="span">{job.kind}</Text>
          <Text as="span" title={formatFullTime(time)}>
            {job.started_at ? "started" : "submitted"} {formatTime(time)}
          </Text>
        </>
      )}
    </Flex>
  );
}
