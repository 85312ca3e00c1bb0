import { chakra, Flex, Stack, Text } from "@chakra-ui/react";
import { ScrollText } from "lucide-react";

import type { JobDetail } from "@/api/types";
import { CodeBlock } from "@/components/CodeBlock";
import { CopyButton } from "@/components/CopyButton";
import { Notice } from "@/components/Notice";
import { LinkButton } from "@/components/RouterLink";
import { errorLine, lastWords } from "@/features/jobs/failure";
import { fellShort } from "@/features/jobs/merge-result";
import { RemedyOffer } from "@/features/jobs/RemedyOffer";

/** The reasons a job may end with, in words. */
const REASONS: Record<string, string> = {
  exit_code: "The program ended with an error",
  signal: "The program was killed",
  cuda_oom: "Out of GPU memory",
  host_oom: "Out of memory",
  disk_full: "The disk is full",
  time_limit: "The time limit was reached",
  bad_model: "The base model cannot be used",
  bad_dataset: "The dataset cannot be used",
  network: "The network failed",
  cuda_unavailable: "There is no GPU to run on",
  service_lost: "The service stopped while the job ran",
  user_cancel: "Cancelled",
  resume_refused: "This run cannot be resumed",
};

const LINES = 10;

interface FailurePanelProps {
  job: JobDetail;
  /** How many lines the log has, once it is known. */
  logEnd?: number;
}

/** Why it ended, what would have helped, and the last words of its log; where it happened in the program is folded. */
export function FailurePanel({ job, logEnd = 0 }: FailurePanelProps) {
  const short = fellShort(job.result);
  const reason = short ? "The merge did not pass its proof" : (REASONS[job.reason ?? ""] ?? "Ended without a result");
  const { lines, trace } = lastWords(job.logs, LINES);
  const line = errorLine(job.logs, logEnd);
  return (
    <Notice
      tone={job.status === "failed" ? "error" : "warning"}
      title={reason}
    >
      <Stack gap="3">
        {job.error && <Text overflowWrap="anywhere">{job.error}</Text>}
        {job.remedy && <RemedyOffer job={job} remedy={job.remedy} />}
        {lines.length > 0 && !short && <CodeBlock text={lines.join("\n")} label="Last lines of the log" maxH="240px" overflowY="auto" />}
        {trace.length > 0 && <Trace lines={trace} />}
        <Flex gap="2" wrap="wrap">
          <CopyButton text={[reason, job.error, job.logs.join("\n")].filter(Boolean).join("\n")} label="Copy details" />
          {job.logs.length > 0 && (
            <LinkButton to={`/jobs/${job.job_id}/log${line === null ? "" : `#L${line}`}`} size="xs" variant="ghost">
              <ScrollText aria-hidden />
              Show it in the log
            </LinkButton>
          )}
        </Flex>
      </Stack>
    </Notice>
  );
}

function Trace({ lines }: { lines: string[] }) {
  return (
    <chakra.details>
      <chakra.summary cursor="pointer" py="1" borderRadius="sm" focusVisibleRing="outside" w="fit-content">
        Where it happened: the whole trace
      </chakra.summary>
      <CodeBlock mt="2" text={lines.join("\n")} label="Trace of the error" />
    </chakra.details>
  );
}
