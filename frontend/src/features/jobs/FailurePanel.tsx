import { chakra, Stack, Text } from "@chakra-ui/react";

import type { JobDetail } from "@/api/types";
import { CodeBlock } from "@/components/CodeBlock";
import { CopyButton } from "@/components/CopyButton";
import { Notice } from "@/components/Notice";
import { lastWords } from "@/features/jobs/failure";
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

/** Why it ended, what would have helped, and the last words of its log; where it happened in the program is folded. */
export function FailurePanel({ job }: { job: JobDetail }) {
  const short = fellShort(job.result);
  const reason = short ? "The merge did not pass its proof" : (REASONS[job.reason ?? ""] ?? "Ended without a result");
  const { lines, trace } = lastWords(job.logs, LINES);
  return (
    <Notice
      tone={job.status === "failed" ? "error" : "warning"}
      title={reason}
      action={<CopyButton text={[reason, job.error, job.logs.join("\n")].filter(Boolean).join("\n")} label="Copy details" />}
    >
      <Stack gap="3">
        {job.error && <Text overflowWrap="anywhere">{job.error}</Text>}
        {job.remedy && <RemedyOffer job={job} remedy={job.remedy} />}
        {lines.length > 0 && !short && <CodeBlock text={lines.join("\n")} label="Last lines of the log" maxH="240px" overflowY="auto" />}
        {trace.length > 0 && <Trace lines={trace} />}
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
