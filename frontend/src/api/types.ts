/** What the service takes and answers: names for the types generated from its OpenAPI description. */

import type { components, operations } from "@/api/schema.gen";

type Schemas = components["schemas"];

export type JsonValue = string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue };
export type JsonObject = Record<string, JsonValue>;

export type JobStatus = Schemas["JobStatus"];
export type JobSummary = Schemas["JobSummary"];
export type JobList = Schemas["JobList"];
export type JobOrder = NonNullable<NonNullable<operations["list_jobs"]["parameters"]["query"]>["sort"]>;
export type Labels = Schemas["Labels"];
export type Ahead = Schemas["Ahead"];
export type Sample = Schemas["Sample"];
export type Submitted = Schemas["Submitted"];
export type LogMatches = Schemas["LogMatches"];
export type LogPiece = Schemas["LogPiece"];
export type MetricColumns = Schemas["MetricColumns"];
export type Dataset = Schemas["DatasetEntry"];
export type DatasetReport = Schemas["DatasetReport"];
export type DatasetColumns = Schemas["Columns"];
export type ProblemPage = Schemas["ProblemPage"];
export type ProblemRow = Schemas["ProblemRow"];
export type ChangedDataset = Schemas["ChangedDataset"];
export type DeletedDataset = Schemas["Deleted"];
export type DividedDataset = Schemas["Divided"];
export type UploadedDataset = Schemas["Uploaded"];
export type Token = Schemas["Token"];
export type Cuts = Schemas["Cuts"];
export type LengthBar = Schemas["Bar"];
export type DatasetPreview = Schemas["Preview"];
export type PreviewRow = Schemas["PreviewRow"];
export type Estimate = Schemas["Estimate"];
export type EstimateList = Schemas["EstimateList"];
export type PastEstimate = Schemas["PastEstimate"];
export type HistorySummary = Schemas["HistorySummary"];
export type Outcome = Schemas["Outcome"];
export type SavedConfig = Schemas["SavedConfig"];
export type ConfigList = Schemas["ConfigList"];
/** Generated types know free-form JSON only as `unknown`; here it is JSON. */
export type Reading = Omit<Schemas["Reading"], "values"> & { values: JsonObject };
export type WholeConfig = Omit<Schemas["WholeConfig"], "reading"> & { reading: Reading };
export type Fitting = Omit<Schemas["Fitting"], "params"> & { params: JsonObject };
export type Fix = Omit<Schemas["Fix"], "params"> & { params: JsonObject };
export type SweepPlan = Schemas["SweepPlan"];
export type QueuedSweep = Schemas["QueuedSweep"];
export type FieldGroup = Schemas["FieldGroup"];
export type Adapter = Schemas["AdapterEntry"];
export type AdapterList = Schemas["AdapterList"];
export type AdapterDetail = Schemas["AdapterDetail"];
export type ImportedAdapter = Schemas["Imported"];
export type RunRecord = Schemas["RunRecord"];
export type Lineage = Schemas["Lineage"];
export type LineageNode = Schemas["LineageNode"];
export type Comparison = Schemas["AdapterComparison"];
export type ComparedAdapter = Schemas["ComparedAdapter"];
export type ComparedPair = Schemas["ComparedPair"];
export type Session = Schemas["Session"];
export type Pulse = Schemas["Pulse"];
export type Gpu = Schemas["Gpu"];
export type Load = Schemas["Load"];
export type ProblemBody = Schemas["Problem"];
export type FieldError = Schemas["FieldError"];

/** Generated types know free-form JSON only as `unknown`; these say it is JSON. */
export type Remedy = Omit<Schemas["Remedy"], "params"> & { params: JsonObject };
export type JobDetail = Omit<Schemas["JobDetail"], "params" | "result" | "remedy"> & {
  params: JsonObject;
  result: JsonObject | null;
  remedy: Remedy | null;
};
export type Tick = Omit<Schemas["Tick"], "job"> & { job: JobDetail };
export type Preset = Omit<Schemas["PresetValues"], "values"> & { values: JsonObject };
export type JobKind = Omit<Schemas["KindDescription"], "schema" | "presets"> & {
  schema: JsonSchema;
  presets: Preset[];
};

export type Message = Schemas["Message"];

export type BaseModel = Schemas["BaseModelEntry"];
export type BaseModelList = Schemas["BaseModelList"];
export type ModelEntry = Schemas["ModelEntry"];
export type ModelList = Schemas["ModelList"];
export type Timing = Schemas["Timing"];
export type Finished = Schemas["Generated"];
export type RecordAdded = Schemas["Grown"];

/** What a stream of `POST /generate` consists of; OpenAPI has no words for it. */
export type AnswerEvent =
  | { type: "started"; prompt_tokens: number | null }
  | { type: "delta"; text: string }
  | ({ type: "done" } & Finished)
  | ({ type: "error" } & Partial<ProblemBody>);

/** The part of JSON Schema 2020-12 that parameters use. */
export interface JsonSchema {
  type?: string;
  format?: string;
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
  maxLength?: number;
  maxItems?: number;
  pattern?: string;
  "x-widget"?: string;
  "x-advanced"?: boolean;
  "x-managed"?: boolean;
  "x-unit"?: string;
  /** A step up or down is twice or half as much. */
  "x-doubles"?: boolean;
  /** A sentence for each choice, in reading order. */
  "x-options"?: { value: string; help: string }[];
  /** Other fields with the values under which this one means something. */
  "x-when"?: Record<string, JsonValue[]>;
  /** The folder in which a name is made. */
  "x-folder"?: string;
}
