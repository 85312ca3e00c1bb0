/** Generated records as the service tells of them: names for the generated types. */

import type { components } from "@/api/schema.gen";
import type { JsonValue } from "@/api/types";

type Schemas = components["schemas"];

/** Generated types know free-form JSON only as `unknown`; these say it is JSON. */
export type GeneratedRow = Omit<Schemas["GeneratedRow"], "record" | "edited"> & { record: JsonValue; edited: JsonValue };
export type RowsPiece = Omit<Schemas["GeneratedRows"], "rows"> & { rows: GeneratedRow[] };

export type Decision = { decision: "accept" | "reject" } | { decision: "edit"; input: string; output: string };
export type Published = Schemas["PublishedDataset"];

/** What a run will write, before anything is asked. */
export type GenerationPlan = Schemas["GenerationPlan"];
export type PlannedLeaf = Schemas["PlannedLeaf"];
