import { Flex, Skeleton, Spinner, Stack, Text } from "@chakra-ui/react";

import type { Estimate } from "@/api/types";
import { Card } from "@/components/Card";
import { Figures } from "@/components/Figures";
import { Notice } from "@/components/Notice";
import { StackedBar } from "@/components/StackedBar";
import type { EstimateState } from "@/components/job-form/use-estimate";
import { formatAbout, formatBytes, formatCompact, formatCount, formatShare } from "@/lib/format";

/** Tokens, steps, memory and time before anything starts, each with what it rests on. */
export function EstimateCard({ estimate: state }: { estimate: EstimateState<Estimate> }) {
  const { estimate, error, pending, waiting } = state;
  return (
    <Card title="Estimate" aside={pending && <Spinner size="xs" aria-label="Estimating" />}>
      {waiting && <Text color="fg.muted">Shown as soon as the form is complete.</Text>}
      {error?.status === 422 && error.errors.map(({ msg }) => <Text key={msg}>{msg.replace("Value error, ", "")}</Text>)}
      {error && error.status !== 422 && <Text color="fg.muted">{error.message}</Text>}
      {!estimate && pending && !waiting && <Skeleton h="180px" />}
      {estimate && <EstimateBody estimate={estimate} />}
    </Card>
  );
}

function EstimateBody({ estimate }: { estimate: Estimate }) {
  const { basis, warnings } = estimate;
  return (
    <Stack gap="4">
      <Figures
        columns={3}
        figures={[
          { label: "Time", value: estimate.seconds === null ? "unknown" : formatAbout(estimate.seconds) },
          { label: "Steps", value: formatCount(estimate.steps) },
          { label: "Tokens", value: formatCompact(estimate.tokens) },
        ]}
      />
      <Memory memory={estimate.memory} />
      <Text textStyle="xs" color="fg.muted">
        {formatCount(estimate.examples)} examples, {formatShare(estimate.supervised_share)} of their tokens learnt,{" "}
        {formatShare(estimate.truncated_share)} cut off.
      </Text>
      <Stack as="ul" gap="1" textStyle="xs" color="fg.muted" listStyleType="none">
        {Object.entries(basis).map(([figure, sentence]) => (
          <li key={figure}>
            <Text as="span" fontWeight="medium" textTransform="capitalize">
              {figure}
            </Text>
            : {sentence}
          </li>
        ))}
      </Stack>
      {warnings.map((warning) => (
        <Notice key={warning} tone="warning">
          <Text>{warning}</Text>
        </Notice>
      ))}
    </Stack>
  );
}

function Memory({ memory }: Pick<Estimate, "memory">) {
  const { total_bytes: total, available_bytes: available, parts } = memory;
  const exceeds = available !== null && total > available;
  const sentence = available === null ? formatBytes(total) : `${formatBytes(total)} of ${formatBytes(available)} free`;
  return (
    <Stack gap="2">
      <Flex justify="space-between" gap="2" wrap="wrap">
        <Text textStyle="xs" color="fg.muted">
          Memory
        </Text>
        <Text textStyle="xs" fontWeight="medium" color={exceeds ? "fg.error" : undefined}>
          {exceeds ? `Does not fit: ${sentence}` : sentence}
        </Text>
      </Flex>
      <StackedBar label={`Memory: ${sentence}`} parts={parts} capacity={available ?? total} format={formatBytes} />
    </Stack>
  );
}
