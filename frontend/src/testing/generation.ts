/** A generation as the service would tell of it, with one field of every sort that its page treats differently. */

import type { GeneratedRow, GenerationPlan } from "@/api/generation-types";
import type { JobKind } from "@/api/types";

export const GENERATE: JobKind = {
  kind: "generate",
  title: "Dataset",
  description: "Write a dataset.",
  path: "/datasets/generate",
  program: "write.py",
  needs_gpu: false,
  groups: [{ id: "dataset", title: "Dataset", fields: ["topic", "count", "shape", "documents", "against"] }],
  schema: {
    type: "object",
    properties: {
      topic: { type: "string", default: "" },
      documents: { type: "array", items: { type: "string" }, maxItems: 2, default: [], "x-widget": "documents" },
      against: { type: "array", items: { type: "string" }, default: [], "x-widget": "datasets" },
      count: { type: "integer", default: 7, minimum: 1 },
      shape: { type: "string", enum: ["qa", "chat"], default: "qa", "x-widget": "options", "x-options": [{ value: "qa", help: "One turn." }, { value: "chat", help: "Many turns." }] },
    },
  },
  presets: [],
};

export const PLAN: GenerationPlan = {
  records: 7,
  difficulties: { easy: 2, medium: 5 },
  forms: {},
  personas: {},
  labels: {},
  evolved: 0,
  origin: "grid",
  warnings: ["No key is set."],
  note: "The model refines this plan first.",
  leaves: [
    { id: "a1", branch: "mechanics", name: "forces", count: 4 },
    { id: "a2", branch: "mechanics", name: "energy", count: 2 },
    { id: "b", branch: "", name: "waves", count: 1 },
  ],
  estimate: {
    calls: 3,
    calls_by_kind: { records: 3 },
    call_budget: 12,
    prompt_tokens: 900,
    completion_tokens: 2100,
    cost: 0.004,
    currency: "USD",
    seconds: 12,
    basis: ["Calls: counted from the plan."],
  },
};

const ROW: GeneratedRow = {
  id: "r1",
  status: "accepted",
  subtopic: "mechanics: forces",
  record: { input: "What is a force?", output: "A push or a pull.", label: "physics" },
  reason: null,
  detail: "",
  quality: 8.5,
  similarity: null,
  flags: [],
  count: 1,
  edited: null,
  decision: null,
};

export const ROWS: GeneratedRow[] = [
  ROW,
  { ...ROW, id: "r2", record: { input: "What is force?", output: "A push." }, status: "rejected", reason: "near_duplicate", detail: "much like an accepted record", quality: null },
];
