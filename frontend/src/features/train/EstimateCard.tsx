import { Button, Skeleton, Spinner, Stack, Text } from "@chakra-ui/react";

import type { Estimate, JsonObject } from "@/api/types";
import { Card } from "@/components/Card";
import { ChangeMark } from "@/components/ChangeMark";
import { Figures } from "@/components/Figures";
import { Notice } from "@/components/Notice";
import { RouterLink } from "@/components/RouterLink";
import type { EstimateState } from "@/components/job-form/use-estimate";
import type { FieldSpec } from "@/components/schema-form/form-spec";
import { MemoryFit } from "@/features/train/MemoryFit";
import { formatAbout, formatBytes, formatCompact, formatCount, formatDuration, formatShare } from "@/lib/format";

interface EstimateCardProps {
  estimate: EstimateState<Estimate>;
  /** The form's, to name what moves a figure. */
  fields?: FieldSpec[];
  onGo?: (field: string) => void;
  /** Takes a change that settles a warning. */
  onFix?: (words: string, params: JsonObject) => void;
  /** Looks for what would make the run fit. */
  onFit?: (() => void) | undefined;
}

/** Tokens, steps, memory and time before anything starts, each with what it rests on. */
export function EstimateCard({ estimate: state, ...actions }: EstimateCardProps) {
  const { estimate, error, pending, waiting } = state;
  return (
    <Card title="Estimate" aside={pending && <Spinner size="xs" role="status" aria-label="Estimating" />}>
      {waiting && <Text color="fg.muted">Shown as soon as the form is complete.</Text>}
      {error?.status === 422 && error.errors.map(({ msg }) => <Text key={msg}>{msg.replace("Value error, ", "")}</Text>)}
      {error && error.status !== 422 && <Text color="fg.muted">{error.message}</Text>}
      {!estimate && pending && !waiting && <Skeleton h="400px" />}
      {estimate && <EstimateBody estimate={estimate} {...actions} />}
    </Card>
  );
}

const BASES: [keyof Estimate["basis"], string][] = [
  ["tokens", "Tokens"],
  ["memory", "Memory"],
  ["seconds", "Time"],
];

function EstimateBody({ estimate, fields = [], onGo, onFix, onFit }: Omit<EstimateCardProps, "estimate"> & { estimate: Estimate }) {
  const { basis } = estimate;
  return (
    <Stack gap="4">
      <Figures
        narrow
        figures={[
          { label: "Time", value: estimate.seconds === null ? "unknown" : formatAbout(estimate.seconds), mark: <ChangeMark value={estimate.seconds} format={formatDuration} /> },
          { label: "Steps", value: formatCount(estimate.steps), mark: <ChangeMark value={estimate.steps} format={formatCount} /> },
          { label: "Tokens", value: formatCompact(estimate.tokens) },
        ]}
      />
      <Course estimate={estimate} />
      <MemoryFit memory={estimate.memory} fields={fields} onGo={onGo} onFit={onFit} />
      <Warnings estimate={estimate} onFix={onFix} />
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
    </Stack>
  );
}

/** "8 × 4 = 32 examples a step · 1,250 steps · 38 of warm-up · 5 checkpoints", and the room that they need. */
function Course({ estimate }: { estimate: Estimate }) {
  const { batch_factors: factors, effective_batch: batch, checkpoints, disk, warmup_steps: warmup } = estimate;
  const free = disk.free_bytes === null ? "" : `, ${formatBytes(disk.free_bytes)} free`;
  const course = [
    `${factors.map(formatCount).join(" × ")} = ${formatCount(batch)} a step`,
    `${formatCount(estimate.steps)} steps`,
    `${formatCount(warmup)} of warm-up`,
    `${formatCount(checkpoints)} checkpoint${checkpoints === 1 ? "" : "s"}`,
  ];
  return (
    <Stack gap="0.5" textStyle="xs">
      <Text>{course.join(" · ")}</Text>
      <Text color="fg.muted">
        Disk: needs {formatBytes(disk.needed_bytes)}
        {free}
      </Text>
    </Stack>
  );
}

function Warnings({ estimate: { warnings, fixes }, onFix }: Pick<EstimateCardProps, "onFix"> & { estimate: Estimate }) {
  return warnings.map((warning) => {
    const fix = fixes.find((candidate) => candidate.warning === warning);
    return (
      <Notice key={warning} tone="warning">
        <Text>{warning}</Text>
        {fix && onFix && (
          <Button size="xs" variant="outline" mt="2" onClick={() => onFix(fix.words, fix.params as JsonObject)}>
            {fix.words}
          </Button>
        )}
      </Notice>
    );
  });
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
