import { Button, Flex, Text } from "@chakra-ui/react";

import { usePulse } from "@/api/pulse";
import { Notice } from "@/components/Notice";
import { RouterLink } from "@/components/RouterLink";
import type { Answer } from "@/features/playground/conversation";
import { adviceFor } from "@/features/playground/words";

const BUSY = [429, 503];

interface AnswerProblemProps {
  problem: NonNullable<Answer["problem"]>;
  model: string;
  busy: boolean;
  onAgain: (() => void) | undefined;
}

/** Why there is no answer, or no whole one, and what to do next; in the column of the model it concerns. */
export function AnswerProblem({ problem, model, busy, onAgain }: AnswerProblemProps) {
  return (
    <Flex direction="column" mt="2" mb="1">
      <Notice tone="error" title={`${model} did not answer`}>
        <Text overflowWrap="anywhere">{problem.message}</Text>
        <Text mt="1" color="fg.muted">
          {adviceFor(problem)} {BUSY.includes(problem.status) && <RunningJob />}
        </Text>
        {onAgain && (
          <Button mt="2" size="xs" variant="outline" disabled={busy} onClick={onAgain}>
            Ask again
          </Button>
        )}
      </Notice>
    </Flex>
  );
}

/** The job that may be what the model waits for. */
function RunningJob() {
  const job = usePulse()?.running[0];
  if (!job) return null;
  return (
    <>
      The job <RouterLink to={`/jobs/${job.job_id}`}>{job.name}</RouterLink> is running.
    </>
  );
}
