import { Box, Flex } from "@chakra-ui/react";
import { Link } from "react-router";

import type { JobSummary } from "@/api/types";
import { Card } from "@/components/Card";
import { RouterLink } from "@/components/RouterLink";
import { Sparkline } from "@/components/Sparkline";
import { StatusPill } from "@/components/StatusPill";
import table from "@/components/table.module.css";
import styles from "@/features/home/RecentCard.module.css";
import { formatDuration, formatFullTime, formatMetric, formatTime, NOTHING, secondsBetween } from "@/lib/format";

/** The runs that ended last. */
export function RecentCard({ jobs }: { jobs: JobSummary[] }) {
  return (
    <Card title="Recent runs" aside={<RouterLink to="/jobs">All runs</RouterLink>} pb="2">
      <div className={styles.frame}>
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">Status</th>
              <th scope="col">Name</th>
              <th scope="col">Loss</th>
              <th scope="col" className={table.optional}>
                Time
              </th>
              <th scope="col" className={table.optional}>
                Ended
              </th>
            </tr>
          </thead>
          <tbody>
            {jobs.map((job) => (
              <Row key={job.job_id} job={job} />
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function Row({ job }: { job: JobSummary }) {
  const { job_id: id, name, status, metrics, sparkline, started_at: started, finished_at: finished } = job;
  return (
    <tr>
      <td>
        <StatusPill status={status} />
      </td>
      <td className={styles.name}>
        <Link to={`/jobs/${id}`} className={table.link}>
          {name}
        </Link>
      </td>
      <td>
        <Flex align="center" gap="3" justify="space-between" maxW="36">
          <Box as="span" display={{ base: "none", sm: "inline" }}>
            {formatMetric(metrics.loss)}
          </Box>
          <Sparkline values={sparkline} />
        </Flex>
      </td>
      <td className={table.optional}>{started && finished ? formatDuration(secondsBetween(started, finished)) : NOTHING}</td>
      <td className={table.optional} title={finished ? formatFullTime(finished) : undefined}>{formatTime(finished)}</td>
    </tr>
  );
}
