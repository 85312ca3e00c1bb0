/** What was filled in and not sent: kept in this browser, so that a reload loses nothing. */

import { type FieldSpec, labelOf } from "@/components/schema-form/form-spec";
import { type FormValues, isChanged, shown } from "@/components/schema-form/values";
import { forgetStored, readStored, writeStored } from "@/lib/stored";

interface StoredDraft {
  /** The address it belongs to: a form that a link filled in has a draft of its own. */
  search: string;
  /** What differs from the defaults. */
  values: FormValues;
  /** The same of what stood there before somebody typed. */
  base: FormValues;
  /** What the form knew of each field. */
  fields: Record<string, string>;
}

export interface Restored {
  values: FormValues;
  base: FormValues;
  /** What has become of the form since, as far as it touches the draft. */
  news: string[];
}

function keyOf(kind: string, search: string): string {
  return search === "" ? `draft/${kind}` : `draft/${kind}/linked`;
}

export function restoreDraft(kind: string, search: string, fields: FieldSpec[]): Restored | null {
  const stored = readStored(keyOf(kind, search));
  if (!isDraft(stored) || stored.search !== search) return null;
  const known = new Set(fields.map(({ name }) => name));
  const ofNow = (values: FormValues) => Object.fromEntries(Object.entries(values).filter(([name]) => known.has(name)));
  return { values: ofNow(stored.values), base: ofNow(stored.base), news: newsFor(stored, fields) };
}

export function keepDraft(kind: string, search: string, fields: FieldSpec[], values: FormValues, base: FormValues): void {
  const changed = (given: FormValues) => Object.fromEntries(fields.flatMap((field) => (isChanged(field, given[field.name]) ? [[field.name, given[field.name]]] : [])));
  const known = Object.fromEntries(fields.map((field) => [field.name, digestOf(field)]));
  writeStored(keyOf(kind, search), { search, values: changed(values), base: changed(base), fields: known });
}

export function forgetDraft(kind: string, search: string): void {
  forgetStored(keyOf(kind, search));
}

function digestOf({ schema, default: standard = null }: FieldSpec): string {
  const { type, enum: options, minimum, maximum, exclusiveMinimum, exclusiveMaximum, pattern } = schema;
  return JSON.stringify([type, options, minimum, maximum, exclusiveMinimum, exclusiveMaximum, pattern, standard]);
}

function newsFor({ values, fields: before }: StoredDraft, fields: FieldSpec[]): string[] {
  const now = new Map(fields.map((field) => [field.name, field]));
  const gone = Object.keys(values).filter((name) => !now.has(name));
  const other = fields.filter((field) => before[field.name] !== undefined && before[field.name] !== digestOf(field));
  return [
    ...gone.map((name) => `${labelOf(name)} is no setting any more.`),
    ...other.map((field) => (field.name in values ? `${field.label} has other limits or another default.` : `${field.label} is now ${wordsFor(field)} by default.`)),
  ];
}

function wordsFor(field: FieldSpec): string {
  const content = shown(field, field.default);
  return typeof content === "boolean" ? (content ? "on" : "off") : content || "empty";
}

function isDraft(stored: unknown): stored is StoredDraft {
  const isRecord = (value: unknown) => typeof value === "object" && value !== null;
  if (typeof stored !== "object" || stored === null) return false;
  const { search, values, base, fields } = stored as Partial<StoredDraft>;
  return typeof search === "string" && isRecord(values) && isRecord(base) && isRecord(fields);
}
