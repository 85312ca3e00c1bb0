/** Evaluations as the service tells of them: names for the generated types. */

import type { components } from "@/api/schema.gen";

/** The service leaves nothing out, though what has a default reads as optional in its description. */
type Told<T> = T extends [unknown, unknown] ? T : T extends (infer Item)[] ? Told<Item>[] : T extends object ? { [Name in keyof T]-?: Told<Exclude<T[Name], undefined>> } : T;

type Schemas = { [Name in keyof components["schemas"]]: Told<components["schemas"][Name]> };

export type Summary = Schemas["Summary"];
export type ModelFigures = Schemas["ModelFigures"];
export type Mean = Schemas["Mean"];
export type Share = Schemas["Share"];
export type Metric = Schemas["Metric"];
export type Score = Schemas["Score"];
export type Health = NonNullable<Summary["health"]>;
export type Control = Schemas["Control"];
export type Preference = Schemas["Preference"];
export type PairedComparison = Schemas["Comparison"];
export type RunComparison = Schemas["RunComparison"];
export type RunReference = Schemas["RunReference"];
export type ChangedItem = Schemas["ChangedItem"];
export type Answer = Schemas["Answer"];
export type ResultRow = Schemas["ResultRow"];
export type PairVerdict = Schemas["PairVerdict"];
export type RunStatus = Summary["status"];
export type ItemStatus = Answer["status"];
export type Mode = Summary["mode"];

/** A run in the leaderboard; one that cannot be read, or has no results yet, has few of the figures. */
export type EvaluationEntry = Schemas["RunEntry"];
export type EntryStatus = EvaluationEntry["status"];

export type EvaluationList = Schemas["EvaluationList"];
export type ItemPage = Schemas["ItemPage"];

/** What a run would ask, use, cost and take. */
export type EvaluationEstimate = Schemas["EvaluationEstimate"];
