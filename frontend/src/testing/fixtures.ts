/** Answers of the service for tests: one field of every sort, no copy of its real parameters. */

import type { AdapterList, BaseModelList, Comparison, Dataset, DatasetPreview, Estimate, JobDetail, JobKind, JobList, JobSummary, JsonSchema, ModelEntry } from "@/api/types";

export const KIND: JobKind = {
  kind: "train",
  title: "Training",
  description: "Fine-tune a base model.",
  path: "/train",
  program: "train.py",
  needs_gpu: true,
  groups: [
    { id: "run", title: "Run", fields: ["adapter_name", "secret_hand", "notes"] },
    { id: "data", title: "Data", fields: ["dataset_path", "column_mapping"] },
    { id: "tuning", title: "Tuning", fields: ["learning_rate", "steps", "modules", "quantised", "scheme", "schedule", "patience"] },
  ],
  schema: {
    type: "object",
    required: ["dataset_path"],
    properties: {
      adapter_name: { anyOf: [{ type: "string", pattern: "^[a-z-]+$" }, { type: "null" }], default: null, description: "Its name" },
      secret_hand: { type: "boolean", default: false, "x-managed": true },
      notes: { type: "string", default: "", "x-widget": "textarea", "x-advanced": true },
      dataset_path: { type: "string", description: "File of examples", "x-widget": "dataset" },
      column_mapping: { type: "object", additionalProperties: { type: "string" }, default: {}, "x-advanced": true },
      learning_rate: { type: "number", default: 0.0002, exclusiveMinimum: 0, maximum: 1, description: "Peak of `lr`" },
      steps: { type: "integer", default: 100, minimum: 1, "x-unit": "steps" },
      modules: { type: "array", items: { type: "string" }, maxItems: 4, default: ["all-linear"] },
      quantised: { type: "boolean", default: true },
      scheme: { type: "string", enum: ["nf4", "fp4"], default: "nf4" },
      schedule: { type: "string", enum: ["a", "b", "c", "d", "e"], default: "a", "x-advanced": true },
      patience: { anyOf: [{ type: "integer", minimum: 1 }, { type: "null" }], default: null, "x-advanced": true },
    },
  },
  presets: [
    { id: "sample", title: "Sample run", description: "Two minutes.", values: { adapter_name: "sample", dataset_path: "data/qa.json", learning_rate: 0.002 } },
  ],
};

/** A merge with one field of every sort that its page treats differently. */
export const MERGE: JobKind = {
  kind: "merge",
  title: "Merge",
  description: "Combine several adapters.",
  path: "/merge",
  program: "merge.py",
  needs_gpu: false,
  groups: [{ id: "merge", title: "Merge", fields: ["adapters", "output_dir", "method", "density", "into_base", "normalize"] }],
  schema: {
    type: "object",
    required: ["adapters", "output_dir"],
    properties: {
      adapters: { type: "array", items: { type: "string" }, default: [], "x-widget": "adapter" },
      output_dir: { anyOf: [{ type: "string" }, { type: "null" }], default: null, "x-folder": "models" },
      method: { type: "string", enum: ["sum", "sign"], default: "sum", "x-widget": "options", "x-options": [{ value: "sum", help: "Adds." }, { value: "sign", help: "Decides." }] },
      density: { type: "number", default: 0.5, "x-when": { method: ["sign"] } },
      into_base: { type: "boolean", default: false },
      normalize: { type: "boolean", default: false },
    },
  },
  presets: [{ id: "sign", title: "By sign", description: "Torn.", values: { adapters: ["a:1"], output_dir: "models/x", method: "sign", density: 0.2 } }],
};

export const COMPARISON: Comparison = {
  parents: ["physics", "history"].map((name) => ({
    name, weight: 1, base: "tiny", layers: 2, ranks: [4], scales: [2], targets: ["q_proj", "up_proj"], parameters: 1024,
  })),
  modules: [
    { module: "model.layers.0.self_attn.q_proj", norms: [1, 2], energy: { 1: 0.6, 2: 1 }, rank_999: 2 },
    { module: "model.layers.1.mlp.up_proj", norms: [1, null], energy: { 1: 0.4, 2: 0.8, 4: 0.95 }, rank_999: 5 },
  ],
  pairs: [
    { module: "model.layers.0.self_attn.q_proj", pair: [0, 1], cosine: 0.1, conflict: 0.45, overlap_in: 0.3, overlap_out: 0.2 },
    { module: "model.layers.1.mlp.up_proj", pair: [0, 1], cosine: -0.5, conflict: 0.8, overlap_in: 0.4, overlap_out: 0.1 },
  ],
  recommended: "sign",
  reason: "They pull against each other.",
};

export const DATASET: Dataset = {
  name: "qa.json",
  path: "data/qa.json",
  size_bytes: 1200,
  examples: 12,
  format: "input/output",
  modified_at: "2026-01-02T03:04:05Z",
  problems: 0,
  problem: null,
  is_unrecognised: false,
  version: "v1",
  used_by: 0,
  in_use: false,
};

export const PREVIEW: DatasetPreview = {
  name: "qa.json",
  recognised: "A list of input/output records.",
  version: "v1",
  offset: 0,
  total: 12,
  rows: [
    {
      index: 0,
      raw: {},
      messages: [],
      text: "Question? Answer.",
      segments: [
        { text: "Question? ", supervised: false },
        { text: "Answer.", supervised: true },
      ],
    },
  ],
  problems: [],
};

export const ESTIMATE: Estimate = {
  examples: 12,
  tokens: 12_345,
  tokens_per_epoch: 4115,
  truncated_share: 0,
  supervised_share: 0.4,
  steps: 321,
  effective_batch: 16,
  batch_factors: [4, 4],
  warmup_steps: 10,
  checkpoints: 2,
  memory: {
    total_bytes: 2e9,
    available_bytes: 8e9,
    parts: { weights: 1e9, adapter: 1e8, optimizer: 3e8, activations: 3e8, logits: 2e8, runtime: 1e8 },
    moved_by: { weights: ["quantised"], activations: ["steps", "patience"] },
  },
  disk: { needed_bytes: 1.4e9, free_bytes: 3.2e9 },
  seconds: 90,
  train_seconds: 80,
  flops: 1e13,
  useful_flops: 1e13,
  basis: { tokens: "Counted.", memory: "Computed.", seconds: "Earlier runs." },
  warnings: [],
  fixes: [],
};

export const JOB: JobSummary = {
  job_id: "j1",
  name: "physics",
  kind: "train",
  status: "running",
  reason: null,
  progress: { phase: "training", step: 50, total_steps: 200, percent: 25, eta_seconds: 120 },
  metrics: { loss: 1.25, tokens_per_second: 1234.5 },
  sparkline: [2, 1.5, 1.25],
  error: null,
  after: [],
  queue_position: null,
  base_model: "tiny",
  dataset: "qa.json",
  tags: [],
  sweep: null,
  has_notes: false,
  created_at: "2026-01-02T03:04:05Z",
  started_at: "2026-01-02T03:04:06Z",
  finished_at: null,
};

export const JOB_LIST: JobList = {
  jobs: [JOB],
  total: 1,
  counts: { status: { running: 1 }, kind: { train: 1 }, tag: {} },
  server_id: "s",
  now: "2026-01-02T03:05:06Z",
};

const CONTROLS: JobDetail["controls"] = { can_finish: true, can_resume: false, resumes_from: null, stop_asked_at: null };
/** The same job as its own page gets it. */
export const DETAIL: JobDetail = { ...JOB, logs: [], params: {}, result: null, notes: "", stalled_seconds: null, remedy: null, controls: CONTROLS, ahead: null, samples_bytes: 0 };

export const ADAPTERS: AdapterList = {
  base_model: "tiny",
  adapters: [{ name: "physics", path: "models/physics", description: "", training_date: "", base_model: "tiny", dataset: "qa.json", size_bytes: 1_234_567, problem: null }],
};

export const BASE_MODELS: BaseModelList = {
  default: "tiny",
  may_download: true,
  models: [
    { name: "tiny", source: "built-in", is_here: true, commit: null, size_bytes: null, problem: null, merged: null },
    { name: "owner/cached", source: "hub", is_here: true, commit: "0123abcd", size_bytes: 988_000_000, problem: null, merged: null },
    { name: "owner/damaged", source: "hub", is_here: true, commit: "4567cdef", size_bytes: 12, problem: "Its weights are cut off.", merged: null },
  ],
};

export const MODELS: ModelEntry[] = [
  { id: "tiny", object: "model", created: 0, owned_by: "base" },
  { id: "older", object: "model", created: 1, owned_by: "adapter" },
  { id: "physics", object: "model", created: 2, owned_by: "adapter" },
  { id: "third", object: "model", created: 0, owned_by: "merged" },
  { id: "fourth", object: "model", created: 0, owned_by: "merged" },
];

/** A description of the request with one parameter of every sort that the playground treats differently. */
export const QUESTION: JsonSchema = {
  type: "object",
  properties: {
    heat: { type: "number", default: 0.5, minimum: 0, maximum: 2, description: "How wild" },
    stops: { type: "array", items: { type: "string" }, default: [], "x-advanced": true },
    seed: { anyOf: [{ type: "integer", minimum: 0, maximum: 1000 }, { type: "null" }], "x-advanced": true },
    prompt: { type: "string" },
    messages: { type: "array" },
    model: { type: "string" },
    adapter: { type: "string" },
    stream: { type: "boolean", default: false },
  },
};
