import { Box, Flex, Text } from "@chakra-ui/react";

import { hasEnded } from "@/api/jobs";
import type { Ahead, JobDetail } from "@/api/types";
import { Card } from "@/components/Card";
import { ProgressBar } from "@/components/ProgressBar";
import { formatAbout, formatAboutBetween, formatBytes, formatCount, formatCounted, formatDuration, formatMoney, formatSpeed, secondsBetween } from "@/lib/format";

/** How far, how fast, how long still. */
export function ProgressCard({ job, now }: { job: JobDetail; now: string }) {
  const { progress, status } = job;
  const ended = hasEnded(status);
  return (
    <Card title={phaseOf(job)} aside={<Text fontWeight="semibold">{Math.floor(progress.percent)} %</Text>}>
      <ProgressBar
        percent={progress.percent}
        label={`Progress of ${job.name}`}
        quiet={ended && status !== "succeeded"}
        height="8px"
      />
      <Flex wrap="wrap" columnGap="6" rowGap="1" mt="3" color="fg.muted">
        {factsOf(job, now).map((fact) => (
          <Text key={fact}>{fact}</Text>
        ))}
        <Box ms="auto">{!ended && leftOf(job)}</Box>
      </Flex>
    </Card>
  );
}

function phaseOf({ status, progress, after, queue_position: place, ahead }: JobDetail): string {
  if (status === "queued" && ahead && after.length === 0) return waitingFor(ahead, place);
  if (status === "queued" && place === 1 && after.length > 0) return "Waiting for what it starts after";
  if (status === "queued") return place === 1 || place === null ? "Waiting: next in the queue" : `Waiting: place ${place} in the queue`;
  const phase = progress.phase || status;
  return phase.charAt(0).toUpperCase() + phase.slice(1);
}

/** "Place 2 in the queue: the GPU is busy with mistral-7b, about 24 min left". */
function waitingFor({ name, needs_gpu: isGpu, eta_seconds: eta }: Ahead, place: number | null): string {
  const where = place === null || place === 1 ? "Next in the queue" : `Place ${place} in the queue`;
  const left = eta === null ? "" : `, ${formatAbout(eta)} left`;
  return `${where}: ${isGpu ? "the GPU is busy with" : "after"} ${name}${left}`;
}

function factsOf({ kind, progress, metrics, started_at: started, finished_at: finished }: JobDetail, now: string): string[] {
  const facts = [];
  const { step, total_steps: total } = progress;
  const format = kind === "download" ? formatBytes : formatCount;
  if (total > 0) facts.push(`${kind === "train" ? "step " : ""}${format(step)} of ${format(total)}`);
  if (metrics.epoch != null) facts.push(`epoch ${formatCount(metrics.epoch)}`);
  if (started) facts.push(`${formatDuration(secondsBetween(started, finished ?? now))} elapsed`);
  if (metrics.tokens_per_second != null) facts.push(`${formatSpeed(metrics.tokens_per_second)} tokens/s`);
  if (metrics.samples_per_second != null) facts.push(`${formatSpeed(metrics.samples_per_second)} samples/s`);
  return [...facts, ...spendingOf(metrics)];
}

/** What asking a language model has taken so far: an unknown price is said, never taken for nothing. */
function spendingOf({ requests, cost, failed }: JobDetail["metrics"]): string[] {
  if (requests == null) return [];
  return [
    formatCounted(requests, "request"),
    cost == null ? "cost unknown" : `${formatMoney(cost)} spent`,
    ...(failed ? [`${formatCount(failed)} without a usable answer`] : []),
  ];
}

function leftOf({ kind, status, progress }: JobDetail): string {
  // The phases of a merge take seconds each, and have nothing in common to count from.
  if (status !== "running" || (kind === "merge" && progress.eta_seconds === null)) return "";
  const { eta_seconds: eta, eta_spread_seconds: spread } = progress;
  if (eta == null) return "calculating the time left…";
  return `${spread == null ? formatAbout(eta) : formatAboutBetween(Math.max(0, eta - spread), eta + spread)} left`;
}
