import { chakra, Skeleton, Spinner, Stack, Text } from "@chakra-ui/react";

import type { SweepPlan } from "@/api/types";
import { Card } from "@/components/Card";
import type { EstimateState } from "@/components/job-form/use-estimate";
import type { JobForm } from "@/components/job-form/use-job-form";
import { formatAbout, formatBytes, formatCount, formatCounted, formatDuration } from "@/lib/format";

const Summary = chakra("summary", { base: { cursor: "pointer", color: "fg.muted", borderRadius: "xs", focusVisibleRing: "outside", w: "fit-content", minH: "6", _hover: { color: "fg" } } });

/** The runs that several values stand for, and what they take together. */
export function SweepCard({ job, plan: { estimate: plan, error, pending } }: { job: JobForm; plan: EstimateState<SweepPlan> }) {
  return (
    <Card title="Sweep" aside={pending && <Spinner size="xs" role="status" aria-label="Estimating" />}>
      {!plan && !error && <Skeleton h="60px" />}
      {error && <Text>{error.message}</Text>}
      {plan && (
        <Stack gap="2">
          <Text>
            {sweepWords(job)}
            {timeWords(plan)}
          </Text>
          <details>
            <Summary>{formatCounted(plan.runs.length, "run")}, one after the other</Summary>
            <Stack as="ul" gap="1" mt="2" textStyle="xs" listStyleType="none" maxH="240px" overflowY="auto" tabIndex={0} aria-label="Runs of the sweep">
              {plan.runs.map((run) => (
                <li key={run.name}>
                  <Text as="span" fontWeight="medium">
                    {run.name}
                  </Text>{" "}
                  <Text as="span" color="fg.muted">
                    {[run.seconds === null ? null : formatAbout(run.seconds), `${formatCount(run.steps)} steps`, formatBytes(run.total_bytes)].filter(Boolean).join(" · ")}
                  </Text>
                </li>
              ))}
            </Stack>
          </details>
        </Stack>
      )}
    </Card>
  );
}

/** "6 runs: 3 learning rates × 2 LoRA r". */
export function sweepWords({ spec, draft: { vary } }: JobForm): string {
  const parts = Object.entries(vary).map(([name, values]) => `${values.length} ${plural(spec.fields.find((field) => field.name === name)?.label ?? name)}`);
  const count = Object.values(vary).reduce((product, values) => product * values.length, 1);
  return `${formatCounted(count, "run")}: ${parts.join(" × ")}`;
}

function plural(label: string): string {
  const words = /^[A-Z][a-z]/.test(label) && !label.startsWith("LoRA") ? label.charAt(0).toLowerCase() + label.slice(1) : label;
  return /[a-rt-z]{2}$/.test(words) ? `${words}s` : words;
}

/** ", about 41 min each, 4 h in all". */
function timeWords({ runs, seconds }: SweepPlan): string {
  const each = runs.flatMap((run) => (run.seconds === null ? [] : [run.seconds]));
  if (seconds === null || each.length === 0) return ", of which nobody knows yet how long they take.";
  const [shortest, longest] = [Math.min(...each), Math.max(...each)];
  const alike = longest < shortest * 1.2;
  return `, ${formatAbout(longest)}${alike ? " each" : " at most"}, ${formatDuration(seconds)} in all.`;
}
