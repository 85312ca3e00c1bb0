import { Skeleton, Spinner, Stack, Text } from "@chakra-ui/react";

import type { Estimate } from "@/api/types";
import { Card } from "@/components/Card";
import { Figures } from "@/components/Figures";
import { Notice } from "@/components/Notice";
import { RouterLink } from "@/components/RouterLink";
import type { EstimateState } from "@/components/job-form/use-estimate";
import { MemoryFit } from "@/features/train/MemoryFit";
import { formatAbout, formatCompact, formatCount, formatShare } from "@/lib/format";

/** Tokens, steps, memory and time before anything starts, each with what it rests on. */
export function EstimateCard({ estimate: state }: { estimate: EstimateState<Estimate> }) {
  const { estimate, error, pending, waiting } = state;
  return (
    <Card title="Estimate" aside={pending && <Spinner size="xs" aria-label="Estimating" />}>
      {waiting && <Text color="fg.muted">Shown as soon as the form is complete.</Text>}
      {error?.status === 422 && error.errors.map(({ msg }) => <Text key={msg}>{msg.replace("Value error, ", "")}</Text>)}
      {error && error.status !== 422 && <Text color="fg.muted">{error.message}</Text>}
      {!estimate && pending && !waiting && <Skeleton h="400px" />}
      {estimate && <EstimateBody estimate={estimate} />}
    </Card>
  );
}

const BASES: [keyof Estimate["basis"], string][] = [
  ["tokens", "Tokens"],
  ["memory", "Memory"],
  ["seconds", "Time"],
];

function EstimateBody({ estimate }: { estimate: Estimate }) {
  const { basis, warnings } = estimate;
  return (
    <Stack gap="4">
      <Figures
        narrow
        figures={[
          { label: "Time", value: estimate.seconds === null ? "unknown" : formatAbout(estimate.seconds) },
          { label: "Steps", value: formatCount(estimate.steps) },
          { label: "Tokens", value: formatCompact(estimate.tokens) },
        ]}
      />
      <MemoryFit memory={estimate.memory} />
      <Text textStyle="xs" color="fg.muted">
        {formatCount(estimate.examples)} examples, {formatShare(estimate.supervised_share)} of their tokens learnt,{" "}
        {formatShare(estimate.truncated_share)} cut off.
      </Text>
      <Stack as="ul" gap="1" textStyle="xs" color="fg.muted" listStyleType="none">
        {BASES.map(([figure, name]) => (
          <li key={figure}>
            <Text as="span" fontWeight="medium">
              {name}
            </Text>
            : {basis[figure]}
          </li>
        ))}
      </Stack>
      {estimate.history && <History history={estimate.history} />}
      {warnings.map((warning) => (
        <Notice key={warning} tone="warning">
          <Text>{warning}</Text>
        </Notice>
      ))}
    </Stack>
  );
}

/** How far such figures can be trusted: what became of those before. */
function History({ history: { runs, sentence } }: { history: NonNullable<Estimate["history"]> }) {
  return (
    <Text textStyle="xs" color="fg.muted">
      {sentence}{" "}
      {runs > 0 && (
        <RouterLink to="/estimates" color="fg" textDecoration="underline">
          See every run
        </RouterLink>
      )}
    </Text>
  );
}
