import { Box, chakra, Flex, Text } from "@chakra-ui/react";
import { Link } from "react-router";

import { usePulse } from "@/api/pulse";
import { ProgressBar } from "@/components/ProgressBar";
import { formatAbout } from "@/lib/format";

const Strip = chakra(Link, {
  base: { display: "block", p: "2.5", borderRadius: "md", borderWidth: "1px", focusVisibleRing: "inside", _hover: { bg: "bg.muted" } },
});

/** The job that runs now, on every page; nothing when none does. */
export function NowRunning() {
  const pulse = usePulse();
  const job = pulse?.running[0];
  if (!pulse || !job) return null;
  const waiting = pulse.running.length - 1 + pulse.queued;
  const { percent, eta_seconds: eta, phase } = job.progress;
  return (
    <Strip to={`/jobs/${job.job_id}`}>
      <Flex justify="space-between" gap="2" textStyle="xs" mb="1.5">
        <Text fontWeight="medium" truncate>
          {job.name}
        </Text>
        <Text whiteSpace="nowrap">{Math.floor(percent)} %</Text>
      </Flex>
      <ProgressBar percent={percent} label={`Progress of ${job.name}`} height="4px" />
      <Box mt="1.5" textStyle="xs" color="fg.muted">
        {eta === null ? phase || job.status : `${formatAbout(eta)} left`}
        {waiting > 0 && ` · ${waiting} more`}
      </Box>
    </Strip>
  );
}
