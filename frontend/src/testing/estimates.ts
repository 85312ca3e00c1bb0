/** Runs that ended, as `GET /estimates` tells of them. */

import type { EstimateList, PastEstimate } from "@/api/types";

/** What a run of 150 steps recorded. */
export const OUTCOME = {
  steps: 150,
  peak_memory_bytes: 640_000_000,
  seconds: 43.1,
  train_seconds: 37.2,
  base_seconds: 0,
  tokens_per_second: 1234.5,
  matmul_share: 0.614,
  flops: 1.2e12,
  is_whole: true,
  estimate: {
    steps: 150,
    memory_bytes: 612_000_000,
    memory_basis: "The built-in model's own shape.",
    seconds: 40,
    train_seconds: 34,
    seconds_basis: "Measured: 1,158 tokens a second in the last run of this base model with these settings here.",
  },
};

export const PAST: PastEstimate = {
  name: "physics",
  base_model: "tiny",
  finished_at: "2026-11-24T03:20:41Z",
  memory_ratio: 0.956,
  time_ratio: 0.927,
  result: OUTCOME,
};

/** The first run of a base model: there was nothing to predict its time from. */
export const FIRST: PastEstimate = {
  ...PAST,
  name: "first",
  time_ratio: null,
  result: { ...OUTCOME, estimate: { ...OUTCOME.estimate, seconds: null, train_seconds: null } },
};

export const ESTIMATES: EstimateList = {
  estimates: [PAST, FIRST],
  total: 2,
  summary: {
    runs: 2,
    memory_ratio: { lowest: 0.9, median: 0.956, highest: 1.04 },
    time_ratio: { lowest: 0.927, median: 0.927, highest: 0.927 },
    sentence: "Of 2 runs that ended here, memory was predicted at 90% to 104% (median 96%) of what was held, time at 93% of what was taken.",
  },
};
