import { Box, Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { hasEnded, jobQuery } from "@/api/jobs";
import { toProblem } from "@/api/problem";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Notice } from "@/components/Notice";
import { RouterLink } from "@/components/RouterLink";
import { RowsCard } from "@/components/rows/RowsCard";
import { useRowsFeed } from "@/components/rows/rows-feed";
import { StatusPill } from "@/components/StatusPill";

const EVERY_MS = 1500;
const NOT_FOUND = 404;

/** The records of a sample, as they come. */
export function Sample({ jobId }: { jobId: string }) {
  const { data: job, error } = useQuery({
    ...jobQuery(jobId),
    refetchInterval: ({ state }) => (state.data && hasEnded(state.data.status) ? false : EVERY_MS),
  });
  const ended = job !== undefined && hasEnded(job.status);
  const feed = useRowsFeed(jobId, ended);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    place.current?.scrollIntoView({ behavior: "smooth", block: "nearest" });
  }, [jobId]);
  if (error && toProblem(error).status === NOT_FOUND) return null; // deleted: a link from before leads to the form all the same
  return (
    <Stack ref={place} gap="3" mt="5" scrollMarginY="16">
      {error && <ErrorNotice title="The sample could not be read" error={error} />}
      <Box display="flex" alignItems="center" gap="3" role="status">
        {job && <StatusPill status={job.status} />}
        <RouterLink to={`/jobs/${jobId}`} textDecoration="underline">
          The sample's own page
        </RouterLink>
      </Box>
      {job?.status === "failed" && (
        <Notice tone="error" title="The sample failed">
          <Text overflowWrap="anywhere">{job.error ?? "See its page for the log."}</Text>
        </Notice>
      )}
      <RowsCard feed={feed} ended={ended} title="Sample" readOnly />
    </Stack>
  );
}
