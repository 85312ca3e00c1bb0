/** Between what stands in a field (text, or on and off) and what the service is sent. */

import type { JsonObject, JsonSchema, JsonValue } from "@/api/types";
import type { FieldSpec } from "@/components/schema-form/form-spec";
import { numberText, parseNumber } from "@/lib/numbers";

/** Text, on or off. */
export type PlainValue = string | boolean;
/** Several texts where a field is given several values, for a run each. */
export type FormValue = PlainValue | string[];
export type FormValues = Record<string, FormValue>;

export type Read = { value: JsonValue | undefined } | { error: string };

/** A value as its field shows it. */
export function shown(field: FieldSpec, value: JsonValue | undefined): PlainValue {
  if (field.control === "switch") return value === true;
  if (value == null) return "";
  switch (field.control) {
    case "number":
      return typeof value === "number" ? numberText(value) : String(value);
    case "list":
      return Array.isArray(value) ? listText(value) : String(value);
    case "pairs":
      return Object.entries(value)
        .map(([name, part]) => `${name}=${String(part)}`)
        .join(", ");
    case "json":
      return JSON.stringify(value);
    default:
      return String(value);
  }
}

export function defaultValues(fields: FieldSpec[]): FormValues {
  return Object.fromEntries(fields.map((field) => [field.name, shown(field, field.default)]));
}

/** The fields that a set of values names, as they show them. */
export function shownValues(fields: FieldSpec[], values: JsonObject | undefined): FormValues {
  const given = fields.filter((field) => values && field.name in values);
  return Object.fromEntries(given.map((field) => [field.name, shown(field, values?.[field.name])]));
}

/** What a field's content means; `undefined` when it is empty and nothing stands for emptiness. */
export function read(field: FieldSpec, content: FormValue | undefined): Read {
  if (typeof content === "boolean") return { value: content };
  if (Array.isArray(content)) return firstOf(content.map((part) => read(field, part)));
  const text = (content ?? "").trim();
  if (text === "") return { value: emptyValue(field) };
  const result = parse(field, text);
  if ("error" in result || result.value === undefined) return result;
  const complaint = violation(field.schema, result.value);
  return complaint ? { error: complaint } : result;
}

/** Of several values the first stands for all, unless one is wrong. */
function firstOf(parts: Read[]): Read {
  return parts.find((part) => "error" in part) ?? parts[0] ?? { value: undefined };
}

/** The different values of a field that was given several. */
export function severalValues(field: FieldSpec, content: FormValue | undefined): JsonValue[] {
  if (!Array.isArray(content)) return [];
  const values = content.map((part) => read(field, part)).flatMap((part) => ("value" in part && part.value !== undefined ? [part.value] : []));
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

function emptyValue(field: FieldSpec): JsonValue | undefined {
  if (field.nullable) return null;
  if (field.control === "pairs") return {};
  return field.default;
}

function parse(field: FieldSpec, text: string): Read {
  switch (field.control) {
    case "number":
      return parseNumeric(field.schema, text);
    case "segments":
    case "select":
      return { value: field.schema.enum?.find((option) => String(option) === text) ?? text };
    case "list":
      return parseList(field.schema, text);
    case "pairs":
      return parsePairs(text);
    case "json":
      return parseJson(text);
    default:
      return { value: text };
  }
}

function parseNumeric(schema: JsonSchema, text: string): Read {
  const value = parseNumber(text);
  if (value === null) return { error: "Must be a number, such as 0.05, 2e-4 or 2k" };
  if (schema.type === "integer" && !Number.isInteger(value)) return { error: "Must be a whole number" };
  return { value };
}

function commaParts(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

const LIST_PART = /\s*(?:("(?:[^"\\]|\\.)*")|([^,]*))\s*(,|$)/y;

/** Parts between commas. One in double quotes is read like a text of JSON, so that it may hold commas and `\n`. */
function parseList(schema: JsonSchema, text: string): Read {
  const parts: string[] = [];
  LIST_PART.lastIndex = 0;
  for (let more = true; more; ) {
    const match = LIST_PART.exec(text);
    const part = match && listPart(match);
    if (part == null) return { error: 'A part in quotes must end with one, such as "\\n", "a, b"' };
    if (part !== "") parts.push(part);
    more = match?.[3] === ",";
  }
  const { maxItems } = schema;
  return parts.length > (maxItems ?? Infinity) ? { error: `Must have at most ${maxItems} parts` } : { value: parts };
}

function listPart([, quoted, plain]: RegExpExecArray): string | null {
  if (quoted === undefined) {
    const part = (plain ?? "").trim();
    return part.startsWith('"') ? null : part;
  }
  try {
    return String(JSON.parse(quoted));
  } catch {
    return null;
  }
}

/** A list as it is typed: quotes only around parts that would be read otherwise. */
function listText(parts: JsonValue[]): string {
  return parts.map((part) => quotedIfNeeded(String(part))).join(", ");
}

function quotedIfNeeded(part: string): string {
  const plain = part === part.trim() && !/[,"]/.test(part) && !/\p{Cc}/u.test(part);
  return plain ? part : JSON.stringify(part);
}

function parsePairs(text: string): Read {
  const pairs = commaParts(text).map((part) => {
    const [name = "", ...rest] = part.split("=");
    return [name.trim(), rest.join("=").trim()] as const;
  });
  if (pairs.some(([name, value]) => !name || !value)) return { error: "Write pairs as name=value, separated by commas" };
  return { value: Object.fromEntries(pairs) };
}

function parseJson(text: string): Read {
  try {
    return { value: JSON.parse(text) as JsonValue };
  } catch {
    return { error: "Must be JSON" };
  }
}

/** The first rule of the schema that a value breaks, as a sentence; the service checks again and has the last word. */
export function violation(schema: JsonSchema, value: JsonValue): string | null {
  if (typeof value === "number") return numberViolation(schema, value);
  if (typeof value !== "string") return null;
  if (value.length > (schema.maxLength ?? Infinity)) return `Must have at most ${schema.maxLength} characters`;
  if (schema.pattern && !new RegExp(schema.pattern).test(value)) return `Must match ${schema.pattern}`;
  return null;
}

function numberViolation(schema: JsonSchema, value: number): string | null {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  if (minimum !== undefined && value < minimum) return `Must be at least ${minimum}`;
  if (maximum !== undefined && value > maximum) return `Must be at most ${maximum}`;
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return `Must be above ${exclusiveMinimum}`;
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) return `Must be below ${exclusiveMaximum}`;
  return null;
}

/** The fields that mean something with these values: one that hangs on another's value may not. */
export function fieldsInForce(fields: FieldSpec[], values: Partial<FormValues>): FieldSpec[] {
  const named = new Map(fields.map((field) => [field.name, field]));
  const holds = ([name, allowed]: [string, JsonValue[]]) => {
    const field = named.get(name);
    const result = field && read(field, values[name] ?? shown(field, field.default));
    return !result || "error" in result || allowed.includes(result.value ?? null);
  };
  return fields.filter(({ when }) => Object.entries(when).every(holds));
}

/** Whether a field says something else than its default. */
export function isChanged(field: FieldSpec, content: FormValue | undefined): boolean {
  const result = read(field, content);
  if ("error" in result || severalValues(field, content).length > 1) return true;
  return result.value !== undefined && !same(result.value, field.default);
}

/** A default that a schema leaves out is none. */
function same(one: JsonValue, other: JsonValue | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other ?? null);
}

/** Whether a field that must say something says nothing; a request must name what a schema allows to be none. */
export function isMissing(field: FieldSpec, value: JsonValue | undefined): boolean {
  return field.required && value == null;
}

export interface Submission {
  /** What differs from the defaults, and what is required. */
  params: JsonObject;
  errors: Record<string, string>;
  missing: FieldSpec[];
  /** The fields that were given several values: a run for each combination. */
  vary: Record<string, JsonValue[]>;
}

/** What would be sent if the form were sent now. */
export function submission(fields: FieldSpec[], values: FormValues): Submission {
  const found: Submission = { params: {}, errors: {}, missing: [], vary: {} };
  for (const field of fieldsInForce(fields, values)) {
    const result = read(field, values[field.name]);
    const several = severalValues(field, values[field.name]);
    if (several.length > 1) found.vary[field.name] = several;
    if ("error" in result) found.errors[field.name] = result.error;
    else if (isMissing(field, result.value)) found.missing.push(field);
    else if (result.value === undefined) continue;
    else if (field.required || !same(result.value, field.default)) found.params[field.name] = result.value;
  }
  return found;
}
