/** What the service answers. Names are those of its OpenAPI schemas. */

export type JobStatus =
  | "queued"
  | "starting"
  | "running"
  | "stopping"
  | "succeeded"
  | "failed"
  | "cancelled"
  | "interrupted";

export interface Progress {
  phase: string;
  step: number;
  total_steps: number;
  percent: number;
  eta_seconds: number | null;
}

export interface JobSummary {
  job_id: string;
  name: string;
  kind: string;
  status: JobStatus;
  reason: string | null;
  progress: Progress;
  metrics: Record<string, number | null>;
  sparkline: number[];
  error: string | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}

export type JsonValue = string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue };
export type JsonObject = Record<string, JsonValue>;

export interface JobDetail extends JobSummary {
  logs: string[];
  result: JsonObject | null;
  params: JsonObject;
  queue_position: number | null;
}

export interface JobList {
  jobs: JobSummary[];
  total: number;
  server_id: string;
  now: string;
}

export interface LogSlice {
  from: number;
  next: number;
  size: number;
  generation: number;
  text: string;
  live: string;
}

export interface MetricsSlice {
  start: number;
  next: number;
  columns: Record<string, (number | null)[]>;
}

export interface Tick {
  job: JobDetail;
  metrics: MetricsSlice;
  log: LogSlice;
  server_id: string;
  now: string;
  /** Null when the job has ended and everything was told. */
  next_in_ms: number | null;
}

/** The part of JSON Schema 2020-12 that parameters use. */
export interface JsonSchema {
  type?: string;
  title?: string;
  description?: string;
  default?: JsonValue;
  enum?: JsonValue[];
  anyOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  required?: string[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  "x-widget"?: string;
  "x-advanced"?: boolean;
  "x-managed"?: boolean;
  "x-unit"?: string;
}

export interface FieldGroup {
  id: string;
  title: string;
  fields: string[];
}

export interface Preset {
  id: string;
  title: string;
  description: string;
  values: JsonObject;
}

export interface JobKind {
  kind: string;
  title: string;
  description: string;
  program: string;
  needs_gpu: boolean;
  groups: FieldGroup[];
  schema: JsonSchema;
  presets: Preset[];
}

export interface Estimate {
  examples: number;
  tokens: number;
  tokens_per_epoch: number;
  truncated_share: number;
  supervised_share: number;
  steps: number;
  memory: { total_bytes: number; available_bytes: number; parts: Record<string, number> };
  seconds: number | null;
  basis: Record<string, string>;
  warnings: string[];
}

export interface Dataset {
  name: string;
  path: string;
  size_bytes: number;
  examples: number | null;
  format: string;
  modified_at: string;
}

export interface PreviewRow {
  index: number;
  raw: JsonObject;
  messages: { role: string; content: string }[];
  text: string;
  segments: { text: string; supervised: boolean }[];
}

export interface DatasetPreview {
  name: string;
  recognised: string;
  total: number;
  rows: PreviewRow[];
  problems: { index: number; field: string; message: string }[];
}

export interface Adapter {
  name: string;
  path: string;
  description: string;
  training_date: string;
  base_model: string;
  [more: string]: JsonValue | undefined;
}

export interface AdapterList {
  base_model: string;
  adapters: Adapter[];
}

export interface GenerateRequest {
  prompt: string;
  adapter?: string;
  max_new_tokens?: number;
  temperature?: number;
  top_p?: number;
}

export interface Generation {
  text: string;
  adapter: string | null;
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
  finish_reason: string;
}

export interface Health {
  status: string;
  version: string;
  test_mode: boolean;
  server_id: string;
}

export interface Gpu {
  index: number;
  name: string;
  memory_total_bytes: number;
  memory_used_bytes: number;
  utilization_percent: number | null;
}

export interface SystemInfo {
  cpu_count: number;
  memory_total_bytes: number;
  memory_available_bytes: number;
  disk_free_bytes: number;
  gpus: Gpu[];
  device: string;
  device_sentence: string;
}
