import { Skeleton, Spinner, Stack, Text } from "@chakra-ui/react";

import type { Problem } from "@/api/problem";
import type { Spending } from "@/api/spending";
import { Card } from "@/components/Card";
import { Figures } from "@/components/Figures";
import { Notice } from "@/components/Notice";
import type { EstimateState } from "@/components/job-form/use-estimate";
import { formatAbout, formatCompact, formatCount, formatMoney } from "@/lib/format";

/** Why there is no estimate; what is wrong with the settings is a warning, for a run with them would be refused. */
function Refusal({ problem: { status, errors, message } }: { problem: Problem }) {
  if (status !== 422 || errors.length === 0) return <Text color="fg.muted">{message}</Text>;
  return errors.map(({ msg }) => (
    <Notice key={msg} tone="warning">
      <Text overflowWrap="anywhere">{msg.replace("Value error, ", "")}</Text>
    </Notice>
  ));
}

interface SpendingCardProps {
  state: EstimateState<unknown>;
  /** The part of the answer that is about spending. */
  spending: Spending | undefined;
  /** What the figures are about. */
  lead?: string;
}

/** Requests, tokens, money and time before anything is sent, each with what it rests on. */
export function SpendingCard({ state, spending, lead }: SpendingCardProps) {
  const { error, pending, waiting } = state;
  return (
    <Card title="Estimate" aside={pending && <Spinner size="xs" role="status" aria-label="Estimating" />}>
      {waiting && <Text color="fg.muted">Shown as soon as the form is complete.</Text>}
      {error && <Refusal problem={error} />}
      {!spending && pending && !waiting && <Skeleton h="140px" />}
      {spending && <Body spending={spending} lead={lead} />}
    </Card>
  );
}

function Body({ spending, lead }: { spending: Spending; lead: string | undefined }) {
  const { calls, cost, currency, seconds, basis, warnings = [] } = spending;
  return (
    <Stack gap="4">
      {lead && <Text>{lead}</Text>}
      <Figures
        columns={2}
        figures={[
          { label: "Cost", value: cost === null ? "unknown" : formatMoney(cost, currency) },
          { label: "Time", value: calls === 0 ? "none" : seconds === null ? "unknown" : formatAbout(seconds), note: "of asking" },
          { label: "Requests", value: formatCount(calls) },
          { label: "Tokens", value: formatCompact(spending.prompt_tokens + spending.completion_tokens) },
        ]}
      />
      <Stack as="ul" gap="1" textStyle="xs" color="fg.muted" listStyleType="none">
        {basis.map((sentence) => (
          <li key={sentence}>{sentence}</li>
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
