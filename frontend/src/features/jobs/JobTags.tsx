import { Link, useSearchParams } from "react-router";

import type { JobSummary } from "@/api/types";
import type { JobActions } from "@/features/jobs/job-actions";
import { toggled } from "@/features/jobs/jobs-view";
import { sweepOf } from "@/features/jobs/sweeps";
import { TagEditor } from "@/features/jobs/TagEditor";
import styles from "@/features/jobs/tags.module.css";

interface JobTagsProps {
  job: JobSummary;
  known: readonly string[];
  editing: boolean;
  onDone: () => void;
  actions: JobActions;
}

/** The tags of a row: each shows the runs that have it; while they are edited, each can be taken away. */
export function JobTags({ job, known, editing, onDone, actions }: JobTagsProps) {
  if (editing) {
    const onChange = (tags: string[]) => void actions.label(job, { tags });
    return <TagEditor label={`Tags of ${job.name}`} tags={job.tags} known={known} onChange={onChange} onDone={onDone} autoFocus />;
  }
  if (job.tags.length === 0) return null;
  return (
    <div className={styles.tags}>
      {job.tags.map((tag) => (
        <TagLink key={tag} tag={tag} />
      ))}
    </div>
  );
}

function TagLink({ tag }: { tag: string }) {
  const [search] = useSearchParams();
  const sweep = sweepOf(tag);
  return (
    <Link to={{ search: toggled(search, "tag", tag) }} className={styles.tag} title={sweep === null ? `Runs tagged ${tag}` : `The runs of the sweep ${sweep}`}>
      {sweep === null ? tag : `sweep ${sweep}`}
    </Link>
  );
}
