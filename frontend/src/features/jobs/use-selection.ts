import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import type { JobSummary } from "@/api/types";

export interface Selection {
  ids: ReadonlySet<string>;
  /** As they were last seen; they may stand on other pages. */
  jobs: JobSummary[];
  /** Selects a run or takes it out; with `through`, all from the one chosen last up to it. */
  toggle: (job: JobSummary, through: boolean) => void;
  toggleAll: () => void;
  clear: () => void;
}

/** Which runs are selected: those of other pages and filters stay so, until somebody clears it. */
export function useSelection(rows: JobSummary[]): Selection {
  const [chosen, setChosen] = useState<ReadonlyMap<string, JobSummary>>(new Map());
  const last = useRef<string | null>(null);
  const drawn = useRef(rows);
  useEffect(() => void (drawn.current = rows), [rows]);
  const fresh = new Map(rows.map((job) => [job.job_id, job]));
  // The same function for ever: with another one every row would be drawn anew.
  const toggle = useCallback((job: JobSummary, through: boolean) => {
    const range = through ? between(drawn.current, last.current, job) : [job];
    last.current = job.job_id;
    setChosen((before) => {
      const next = new Map(before);
      if (before.has(job.job_id)) for (const one of range) next.delete(one.job_id);
      else for (const one of range) next.set(one.job_id, one);
      return next;
    });
  }, []);
  const all = rows.length > 0 && rows.every((row) => chosen.has(row.job_id));
  const toggleAll = () => {
    const others = [...chosen.values()].filter((job) => !fresh.has(job.job_id));
    setChosen(new Map([...others, ...(all ? [] : rows)].map((job) => [job.job_id, job])));
  };
  const ids = useMemo(() => new Set(chosen.keys()), [chosen]);
  const jobs = [...chosen.values()].map((job) => fresh.get(job.job_id) ?? job);
  return { ids, jobs, toggle, toggleAll, clear: () => setChosen(new Map()) };
}

/** The rows from one to another, both included; the other alone when the first is not there. */
function between(rows: JobSummary[], from: string | null, to: JobSummary): JobSummary[] {
  const ends = [from, to.job_id].map((id) => rows.findIndex((row) => row.job_id === id));
  return ends.includes(-1) ? [to] : rows.slice(Math.min(...ends), Math.max(...ends) + 1);
}
