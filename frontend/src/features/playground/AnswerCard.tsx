import { Skeleton, Stack, Text } from "@chakra-ui/react";

import type { Generated } from "@/api/types";
import { Card } from "@/components/Card";
import { CopyButton } from "@/components/CopyButton";

interface AnswerCardProps {
  answer: Generated | undefined;
  question: string | undefined;
  pending: boolean;
}

/** The answer as plain text, with the name of who gave it as the service reports it. */
export function AnswerCard({ answer, question, pending }: AnswerCardProps) {
  return (
    <Card title="Answer" aside={answer && !pending && <CopyButton text={answer.text} />} minH="180px" aria-busy={pending}>
      {pending && (
        <Stack>
          <Skeleton h="20px" />
          <Skeleton h="20px" w="70%" />
          <Text mt="2" textStyle="xs" color="fg.muted">
            The first answer waits until the model is loaded.
          </Text>
        </Stack>
      )}
      {!pending && !answer && <Text color="fg.muted">The answer appears here.</Text>}
      {!pending && answer && <Answer answer={answer} question={question} />}
    </Card>
  );
}

function Answer({ answer, question }: { answer: Generated; question: string | undefined }) {
  const { text, adapter, usage, finish_reason: finish } = answer;
  return (
    <Stack gap="4" aria-live="polite">
      <Text color="fg.muted" whiteSpace="pre-wrap" overflowWrap="anywhere">
        {question}
      </Text>
      <Text whiteSpace="pre-wrap" overflowWrap="anywhere" fontSize="md">
        {text || "(an empty answer)"}
      </Text>
      <Text textStyle="xs" color="fg.muted" borderTopWidth="1px" pt="3">
        {adapter ?? "base model"} · {usage.completion_tokens} tokens · prompt {usage.prompt_tokens}
        {finish === "length" && " · cut off at the longest answer allowed"}
      </Text>
    </Stack>
  );
}
