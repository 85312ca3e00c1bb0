import { Text } from "@chakra-ui/react";
import { memo } from "react";
import { Link } from "react-router";

import { hasEnded } from "@/api/jobs";
import type { JobSummary } from "@/api/types";
import { ProgressBar } from "@/components/ProgressBar";
import { Sparkline } from "@/components/Sparkline";
import { StatusPill } from "@/components/StatusPill";
import table from "@/components/table.module.css";
import styles from "@/features/jobs/JobTable.module.css";
import { formatAbout, formatCount, formatDuration, formatFullTime, formatMetric, formatSpeed, formatTime, NOTHING, secondsBetween } from "@/lib/format";

interface JobTableProps {
  jobs: JobSummary[];
  total: number;
  now: string;
}

/** Plain cells and memoised rows: a tick that changes one job draws one row anew. */
export function JobTable({ jobs, total, now }: JobTableProps) {
  return (
    <>
      <div className={table.frame}>
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">Status</th>
              <th scope="col">Name</th>
              <th scope="col" className={styles.wide}>
                Kind
              </th>
              <th scope="col">Progress</th>
              <th scope="col" className={styles.medium}>
                Loss
              </th>
              <th scope="col" className={styles.wide}>
                Tokens/s
              </th>
              <th scope="col" className={styles.medium}>
                Time
              </th>
              <th scope="col" className={styles.wide}>
                Started
              </th>
            </tr>
          </thead>
          <tbody>
            {jobs.map((job) => (
              <JobRow key={job.job_id} job={job} time={timeOf(job, now)} />
            ))}
          </tbody>
        </table>
      </div>
      {total > jobs.length && (
        <Text mt="3" color="fg.muted">
          The newest {formatCount(jobs.length)} of {formatCount(total)}.
        </Text>
      )}
    </>
  );
}

const JobRow = memo(function JobRow({ job, time }: { job: JobSummary; time: string }) {
  const { job_id: id, name, status, progress, metrics, sparkline, started_at: started } = job;
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
      <td className={styles.wide}>{job.kind}</td>
      <td className={styles.progress}>
        <ProgressBar percent={progress.percent} label={`Progress of ${name}`} quiet={hasEnded(status) && status !== "succeeded"} />
        <span>{Math.floor(progress.percent)} %</span>
      </td>
      <td className={styles.medium}>
        <span className={styles.loss}>
          <span>{formatMetric(metrics.loss)}</span>
          <Sparkline values={sparkline} />
        </span>
      </td>
      <td className={styles.wide}>{formatSpeed(metrics.tokens_per_second)}</td>
      <td className={styles.medium}>{time}</td>
      <td className={styles.wide} title={started ? formatFullTime(started) : undefined}>
        {formatTime(started)}
      </td>
    </tr>
  );
});

/** How long it took, or how long it will still take. */
function timeOf({ status, started_at: started, finished_at: finished, progress }: JobSummary, now: string): string {
  if (!started) return NOTHING;
  if (hasEnded(status)) return finished ? formatDuration(secondsBetween(started, finished)) : NOTHING;
  if (progress.eta_seconds !== null) return `${formatAbout(progress.eta_seconds)} left`;
  return formatDuration(Math.max(0, secondsBetween(started, now)));
}
