import { hasEnded } from "@/api/jobs";
import type { JobDetail } from "@/api/types";
import { RowsCard } from "@/components/rows/RowsCard";
import { useRowsFeed } from "@/components/rows/rows-feed";
import { PublishCard } from "@/features/jobs/PublishCard";

/** What a generation has written so far, to be looked through while it goes on. */
export function GeneratedRecords({ job }: { job: JobDetail }) {
  const ended = hasEnded(job.status);
  const feed = useRowsFeed(job.job_id, ended);
  const isSample = job.params.sample === true;
  return (
    <>
      {ended && !isSample && <PublishCard job={job} feed={feed} />}
      <RowsCard feed={feed} ended={ended} readOnly={isSample} />
    </>
  );
}
