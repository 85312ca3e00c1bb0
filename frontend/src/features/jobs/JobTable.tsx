import type { ReactNode } from "react";
import { useSearchParams } from "react-router";

import type { JobOrder, JobSummary } from "@/api/types";
import { SortHeading } from "@/components/SortHeading";
import table from "@/components/table.module.css";
import type { JobActions } from "@/features/jobs/job-actions";
import { JobCard, JobRow } from "@/features/jobs/JobRow";
import styles from "@/features/jobs/JobTable.module.css";
import { directionOf, type SortField, sortedBy } from "@/features/jobs/jobs-view";
import { timeOf } from "@/features/jobs/row-facts";
import type { Selection } from "@/features/jobs/use-selection";
import { useMedia } from "@/lib/use-media";

interface JobTableProps {
  jobs: JobSummary[];
  now: string;
  order: JobOrder;
  selection: Selection;
  /** Tags of other runs. */
  known: readonly string[];
  actions: JobActions;
}

const NARROW = "(max-width: 720px)";

/** Plain cells and memoised rows: a tick that changes one run draws one row anew. On a phone each is a card. */
export function JobTable({ jobs, now, order, selection, known, actions }: JobTableProps) {
  const narrow = useMedia(NARROW);
  const Run = narrow ? JobCard : JobRow;
  const runs = jobs.map((job) => (
    <Run
      key={job.job_id}
      job={job}
      time={timeOf(job, now)}
      selected={selection.ids.has(job.job_id)}
      onToggle={selection.toggle}
      known={known}
      actions={actions}
    />
  ));
  if (narrow) return <ul className={styles.cards}>{runs}</ul>;
  return (
    <div className={table.frame}>
      <table className={`${table.table} ${styles.table}`}>
        <thead>
          <tr>
            <th scope="col" className={styles.check}>
              <SelectAll jobs={jobs} selection={selection} />
            </th>
            <th scope="col">Status</th>
            <Sortable field="name" order={order}>
              Name
            </Sortable>
            <th scope="col">Progress</th>
            <Sortable field="loss" order={order}>
              Loss
            </Sortable>
            <Sortable field="duration" order={order}>
              Time
            </Sortable>
            <Sortable field="created" order={order} className={styles.wide}>
              Started
            </Sortable>
            <Sortable field="finished" order={order} className={styles.widest}>
              Ended
            </Sortable>
            <td className={styles.menu} />
          </tr>
        </thead>
        <tbody>{runs}</tbody>
      </table>
    </div>
  );
}

function SelectAll({ jobs, selection }: Pick<JobTableProps, "jobs" | "selection">) {
  const chosen = jobs.filter((job) => selection.ids.has(job.job_id)).length;
  const all = chosen > 0 && chosen === jobs.length;
  return (
    <input
      type="checkbox"
      className={styles.box}
      aria-label="Select all runs of this page"
      checked={all}
      ref={(box) => {
        if (box) box.indeterminate = chosen > 0 && !all;
      }}
      onChange={selection.toggleAll}
    />
  );
}

interface SortableProps {
  field: SortField;
  order: JobOrder;
  className?: string;
  children: ReactNode;
}

function Sortable({ field, order, ...heading }: SortableProps) {
  const [search] = useSearchParams();
  return <SortHeading {...heading} search={sortedBy(search, field)} direction={directionOf(order, field)} />;
}
