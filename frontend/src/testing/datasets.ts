/** A dataset's page for tests: what the service tells of it. */

import type { Dataset, DatasetColumns, DatasetPreview, DatasetReport } from "@/api/types";
import { DATASET } from "@/testing/fixtures";

export const UNRECOGNISED: Dataset = { ...DATASET, name: "de.csv", path: "data/de.csv", examples: null, format: null, problems: null, problem: "record 0 has Frage", is_unrecognised: true };

const turns = (index: number) => [
  { role: "user", content: `Question ${index}?` },
  { role: "assistant", content: `Answer ${index}.` },
];

export const ROWS: DatasetPreview = {
  name: "qa.json",
  version: "v1",
  recognised: "qa.json: JSON with 12 questions (input) and answers (output).",
  total: 12,
  offset: 0,
  rows: [0, 1].map((index) => ({
    index,
    raw: { input: `Question ${index}?`, output: `Answer ${index}.` },
    messages: turns(index),
    text: `Question ${index}?Answer ${index}.`,
    segments: [
      { text: `Question ${index}?`, supervised: false },
      { text: `Answer ${index}.`, supervised: true },
    ],
  })),
  problems: [],
};

export const REPORT: DatasetReport = {
  name: "qa.json",
  version: "v1",
  recognised: ROWS.recognised,
  records: 13,
  examples: 12,
  problems: 1,
  is_counted: true,
  basis: "Counted with the tokenizer of tiny, as a run counts.",
  template: "Template: the tokenizer's own.",
  lengths: { total: 120, shortest: 8, median: 10, p90: 11, p99: 12, longest: 12 },
  histogram: [
    { low: 1, high: 10, count: 8 },
    { low: 11, high: 12, count: 4 },
  ],
  cuts: { max_length: [8, 9, 10, 12], truncated: [11, 9, 6, 0], left_out: [2, 1, 0, 0], tokens: [80, 99, 112, 120], supervised: [20, 33, 44, 60] },
  roles: { user: 12, assistant: 12 },
  turns: { "2": 12 },
  with_tools: 0,
  exact: 1,
  near: 1,
  repetition: { exact: [[3, 7]], near: [{ indices: [4, 9], similarity: 0.9 }], near_groups: [[4, 9]] },
  leakage: null,
  leaked: 0,
};

export const COLUMNS: DatasetColumns = {
  columns: [
    { name: "Frage", filled: 2, samples: ["Was ist Kraft?"] },
    { name: "Antwort", filled: 2, samples: ["Masse mal Beschleunigung"] },
  ],
  parts: [
    { name: "input", help: "What is asked" },
    { name: "output", help: "The answer to learn" },
  ],
  column_mapping: {},
  is_recognised: false,
  looked_at: 2,
};
