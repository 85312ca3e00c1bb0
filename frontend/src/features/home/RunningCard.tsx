import { Box, Flex, Stack, Text } from "@chakra-ui/react";

import type { JobSummary } from "@/api/types";
import { Card } from "@/components/Card";
import { ProgressBar } from "@/components/ProgressBar";
import { RouterLink } from "@/components/RouterLink";
import { Sparkline } from "@/components/Sparkline";
import { StatusPill } from "@/components/StatusPill";
import { StopButton } from "@/features/home/StopButton";
import { formatAbout, formatCount, formatDuration, formatMetric, formatSpeed, secondsBetween } from "@/lib/format";

interface RunningCardProps {
  jobs: JobSummary[];
  /** The service's clock. */
  now: string;
  queued: number;
}

/** What runs now, each with how far it is, how it goes, and a way to end it. */
export function RunningCard({ jobs, now, queued }: RunningCardProps) {
  return (
    <Card title="Running">
      {jobs.length === 0 && <Text color="fg.muted">{queued > 0 ? "The next run is about to start." : "Nothing runs, and nothing waits."}</Text>}
      <Stack gap="5">
        {jobs.map((job) => (
          <Run key={job.job_id} job={job} now={now} />
        ))}
      </Stack>
    </Card>
  );
}

function Run({ job, now }: { job: JobSummary; now: string }) {
  const { job_id: id, name, status, progress, sparkline } = job;
  return (
    <Box>
      <Flex align="center" gap="3" mb="2.5">
        <RouterLink to={`/jobs/${id}`} truncate minW="0" textStyle="md">
          {name}
        </RouterLink>
        <StatusPill status={status} />
        <Box ms="auto">
          <StopButton job={job} />
        </Box>
      </Flex>
      <ProgressBar percent={progress.percent} label={`Progress of ${name}`} height="8px" />
      <Flex mt="2.5" columnGap="5" rowGap="2" wrap="wrap" align="center" color="fg.muted">
        <Text fontWeight="semibold" color="fg">
          {Math.floor(progress.percent)} %
        </Text>
        {factsOf(job, now).map((fact) => (
          <Text key={fact}>{fact}</Text>
        ))}
        <Box ms={{ sm: "auto" }}>
          <Sparkline values={sparkline} width={168} height={32} />
        </Box>
      </Flex>
    </Box>
  );
}

function factsOf({ kind, progress, metrics, started_at: started }: JobSummary, now: string): string[] {
  const { step, total_steps: total, eta_seconds: eta, phase } = progress;
  const facts = [total > 0 && kind === "train" ? `step ${formatCount(step)} of ${formatCount(total)}` : phase || kind];
  if (eta !== null) facts.push(`${formatAbout(eta)} left`);
  else if (started) facts.push(`${formatDuration(Math.max(0, secondsBetween(started, now)))} so far`);
  if (metrics.loss != null) facts.push(`loss ${formatMetric(metrics.loss)}`);
  if (metrics.tokens_per_second != null) facts.push(`${formatSpeed(metrics.tokens_per_second)} tokens/s`);
  return facts;
}
