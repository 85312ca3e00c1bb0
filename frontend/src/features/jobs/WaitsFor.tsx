import { Flex, Stack, Text } from "@chakra-ui/react";
import { useQueries } from "@tanstack/react-query";

import { hasEnded, jobQuery } from "@/api/jobs";
import type { JobDetail } from "@/api/types";
import { Card } from "@/components/Card";
import { RouterLink } from "@/components/RouterLink";
import { StatusPill } from "@/components/StatusPill";

const LOOK_EVERY_MS = 2000;

/** The jobs that must succeed before this one starts, with how they go. */
export function WaitsFor({ job }: { job: JobDetail }) {
  const before = useQueries({
    queries: job.after.map((id) => ({
      ...jobQuery(id),
      refetchInterval: ({ state }: { state: { data?: JobDetail } }) => (state.data && hasEnded(state.data.status) ? false : LOOK_EVERY_MS),
    })),
  });
  return (
    <Card title="Starts after">
      <Stack as="ul" listStyleType="none" gap="2">
        {job.after.map((id, index) => (
          <li key={id}>
            <Predecessor id={id} job={before[index]?.data} />
          </li>
        ))}
      </Stack>
    </Card>
  );
}

/** Until it is known, and when it was deleted meanwhile, a job is its id. */
function Predecessor({ id, job }: { id: string; job: JobDetail | undefined }) {
  return (
    <Flex align="center" gap="3" wrap="wrap">
      <RouterLink to={`/jobs/${id}`} overflowWrap="anywhere">
        {job?.name ?? id}
      </RouterLink>
      {job && <StatusPill status={job.status} />}
      {job?.status === "running" && (
        <Text color="fg.muted">
          {Math.floor(job.progress.percent)} %
        </Text>
      )}
    </Flex>
  );
}
