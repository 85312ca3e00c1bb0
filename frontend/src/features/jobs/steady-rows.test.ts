import { describe, expect, it } from "vitest";

import type { JobStatus, JobSummary } from "@/api/types";
import { settled } from "@/features/jobs/steady-rows";
import { JOB } from "@/testing/fixtures";

const job = (job_id: string, status: JobStatus = "running"): JobSummary => ({ ...JOB, job_id, status });
const ids = (rows: JobSummary[]) => rows.map((row) => `${row.job_id} ${row.status}`);
const known = (...jobs: JobSummary[]) => new Map(jobs.map((one) => [one.job_id, one]));

describe("settled", () => {
  const [a, b, c] = [job("a"), job("b"), job("c")];

  it("keeps the place of a run that has ended and is no longer listed, for good", () => {
    const ended = job("b", "succeeded");
    const rows = settled({ before: [a, b, c], listed: [a, b, c], now: [a, c], known: known(ended) });
    expect(ids(rows)).toEqual(["a running", "b succeeded", "c running"]);
    expect(ids(settled({ before: rows, listed: [a, c], now: [a, c], known: known() }))).toEqual(ids(rows));
  });

  it("lets go of what was deleted, and of what went to the next page", () => {
    expect(ids(settled({ before: [a, b, c], listed: [a, b, c], now: [a, c], known: known() }))).toEqual(["a running", "c running"]);
    const pushed = settled({ before: [a, b], listed: [a, b], now: [c, a], known: known(b) });
    expect(ids(pushed)).toEqual(["c running", "a running"]);
  });

  it("leaves rows where they are when the order would move them, and puts new ones where the list has them", () => {
    const fresh = job("new");
    const rows = settled({ before: [a, b, c], listed: [a, b, c], now: [c, fresh, b, a], known: known() });
    expect(ids(rows)).toEqual(["a running", "b running", "c running", "new running"]);
  });
});
