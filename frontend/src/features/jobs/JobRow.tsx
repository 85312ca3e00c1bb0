import { NotebookPen } from "lucide-react";
import { memo, useState } from "react";
import { Link } from "react-router";

import { hasEnded } from "@/api/jobs";
import type { JobSummary } from "@/api/types";
import { ProgressBar } from "@/components/ProgressBar";
import { Sparkline } from "@/components/Sparkline";
import { StatusPill } from "@/components/StatusPill";
import table from "@/components/table.module.css";
import type { JobActions } from "@/features/jobs/job-actions";
import { JobMenu } from "@/features/jobs/JobMenu";
import styles from "@/features/jobs/JobTable.module.css";
import { JobTags } from "@/features/jobs/JobTags";
import { ingredientsOf, trendOf } from "@/features/jobs/row-facts";
import { formatFullTime, formatMetric, formatTime } from "@/lib/format";

export interface JobRowProps {
  job: JobSummary;
  /** In words that change only when there is something new to say. */
  time: string;
  selected: boolean;
  onToggle: (job: JobSummary, through: boolean) => void;
  /** Tags of other runs. */
  known: readonly string[];
  actions: JobActions;
}

/** A row is drawn anew only when its own run has changed. */
export const JobRow = memo(function JobRow({ job, time, selected, onToggle, known, actions }: JobRowProps) {
  const [editing, setEditing] = useState(false);
  const { started_at: started, finished_at: finished } = job;
  return (
    <tr data-selected={selected || undefined}>
      <td className={styles.check}>
        <SelectBox job={job} selected={selected} onToggle={onToggle} />
      </td>
      <td>
        <StatusPill status={job.status} />
      </td>
      <td className={styles.name}>
        <JobName job={job} />
        <JobTags job={job} known={known} editing={editing} onDone={() => setEditing(false)} actions={actions} />
      </td>
      <td className={styles.progress}>
        <JobProgress job={job} />
      </td>
      <td>
        <Loss job={job} />
      </td>
      <td>{time}</td>
      <td className={styles.wide} title={started ? formatFullTime(started) : undefined}>
        {formatTime(started)}
      </td>
      <td className={styles.widest} title={finished ? formatFullTime(finished) : undefined}>
        {formatTime(finished)}
      </td>
      <td className={styles.menu}>
        <JobMenu job={job} actions={actions} onTag={() => setEditing(true)} />
      </td>
    </tr>
  );
});

/** The same run on a narrow screen. */
export const JobCard = memo(function JobCard({ job, time, selected, onToggle, known, actions }: JobRowProps) {
  const [editing, setEditing] = useState(false);
  return (
    <li className={styles.card} data-selected={selected || undefined}>
      <div className={styles.cardTop}>
        <SelectBox job={job} selected={selected} onToggle={onToggle} />
        <StatusPill status={job.status} />
        <span className={styles.time}>{time}</span>
        <JobMenu job={job} actions={actions} onTag={() => setEditing(true)} />
      </div>
      <JobName job={job} />
      <JobTags job={job} known={known} editing={editing} onDone={() => setEditing(false)} actions={actions} />
      <div className={styles.cardFoot}>
        <div className={styles.progress}>
          <JobProgress job={job} />
        </div>
        <Loss job={job} />
      </div>
    </li>
  );
});

function SelectBox({ job, selected, onToggle }: Pick<JobRowProps, "job" | "selected" | "onToggle">) {
  return (
    <input
      type="checkbox"
      className={styles.box}
      aria-label={`Select ${job.name}`}
      title="With Shift: all from the one chosen last"
      checked={selected}
      onChange={(event) => onToggle(job, (event.nativeEvent as MouseEvent).shiftKey)}
    />
  );
}

function JobName({ job }: { job: JobSummary }) {
  const made = ingredientsOf(job);
  return (
    <>
      <span className={styles.title}>
        <Link to={`/jobs/${job.job_id}`} className={table.link} title={job.name}>
          {job.name}
        </Link>
        {job.has_notes && <NotebookPen size={13} role="img" aria-label="Has notes" />}
      </span>
      {made && <span className={styles.made}>{made}</span>}
    </>
  );
}

function JobProgress({ job: { name, status, progress } }: { job: JobSummary }) {
  return (
    <>
      <ProgressBar percent={progress.percent} label={`Progress of ${name}`} quiet={hasEnded(status) && status !== "succeeded"} />
      <span>{Math.floor(progress.percent)} %</span>
    </>
  );
}

function Loss({ job: { metrics, sparkline } }: { job: JobSummary }) {
  const trend = trendOf(sparkline);
  return (
    <span className={styles.loss} title={trend?.sentence}>
      <span>{formatMetric(metrics.loss)}</span>
      <Sparkline values={sparkline} />
      {trend && <span className={styles.trend}>{trend.text}</span>}
    </span>
  );
}
