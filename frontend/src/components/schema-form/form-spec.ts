/** What a form shows, read from a kind's JSON Schema: nothing about any single parameter is known here. */

import type { FieldGroup, JsonSchema, JsonValue } from "@/api/types";
import type { Steps } from "@/lib/numbers";

export type ControlKind = "switch" | "segments" | "select" | "number" | "text" | "textarea" | "list" | "pairs" | "json";

export interface FieldSpec {
  name: string;
  label: string;
  help: string;
  /** Without the `anyOf [T, null]` around it. */
  schema: JsonSchema;
  control: ControlKind;
  widget: string | undefined;
  unit: string | undefined;
  /** How the arrow keys move a number. */
  steps: Steps;
  /** A sentence for each choice, in the order in which they should be read; empty when there are none. */
  options: { value: string; help: string }[];
  /** Other fields with the values under which this one means something. */
  when: Record<string, JsonValue[]>;
  /** The folder in which the name is made. */
  folder: string | undefined;
  advanced: boolean;
  nullable: boolean;
  required: boolean;
  default: JsonValue | undefined;
}

export interface GroupSpec {
  id: string;
  title: string;
  fields: FieldSpec[];
}

export interface FormSpec {
  fields: FieldSpec[];
  groups: GroupSpec[];
}

const SEGMENTS_AT_MOST = 4;

/** The control that edits a value of this schema. */
export function controlFor(schema: JsonSchema): ControlKind {
  if (schema.enum) return schema.enum.length <= SEGMENTS_AT_MOST ? "segments" : "select";
  switch (schema.type) {
    case "boolean":
      return "switch";
    case "integer":
    case "number":
      return "number";
    case "string":
      return schema["x-widget"] === "textarea" ? "textarea" : "text";
    case "array":
      return schema.items?.type === "string" ? "list" : "json";
    case "object":
      return typeof schema.additionalProperties === "object" ? "pairs" : "json";
    default:
      return "json";
  }
}

/** `anyOf [T, null]` is T that may be empty; hints beside the `anyOf` stay. */
export function unwrap(schema: JsonSchema): { schema: JsonSchema; nullable: boolean } {
  const branches = schema.anyOf?.filter((branch) => branch.type !== "null");
  const [only] = branches ?? [];
  const nullable = branches !== undefined && branches.length < (schema.anyOf?.length ?? 0);
  if (!only || branches?.length !== 1) return { schema, nullable };
  const { anyOf, ...around } = schema;
  return { schema: { ...only, ...around }, nullable };
}

function fieldSpec(name: string, declared: JsonSchema, required: boolean): FieldSpec {
  const { schema, nullable } = unwrap(declared);
  return {
    name,
    label: labelOf(name),
    help: schema.description ?? "",
    schema,
    control: controlFor(schema),
    widget: schema["x-widget"],
    unit: schema["x-unit"],
    steps: schema["x-doubles"] === true ? "doubles" : schema.type === "integer" ? "ones" : "digits",
    options: schema["x-options"] ?? [],
    when: schema["x-when"] ?? {},
    folder: schema["x-folder"],
    advanced: schema["x-advanced"] === true,
    nullable,
    required,
    default: schema.default,
  };
}

const SPELLINGS: Record<string, string> = { lora: "LoRA", rslora: "rsLoRA", dora: "DoRA", lr: "LR", "4bit": "4-bit", "8bit": "8-bit", api: "API", openai: "OpenAI", hf: "Hugging Face", url: "URL", cuda: "CUDA" };

/** `learning_rate` -> "Learning rate": the parameter's own name, readable. */
export function labelOf(name: string): string {
  const words = name.split("_").map((word) => SPELLINGS[word] ?? word);
  const text = words.join(" ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The form of a kind: managed fields hidden, and a field that no group names kept in a last group. */
export function formSpec(schema: JsonSchema, groups: FieldGroup[]): FormSpec {
  const required = new Set(schema.required);
  const specs = new Map(
    Object.entries(schema.properties ?? {})
      .filter(([, property]) => property["x-managed"] !== true)
      .map(([name, property]) => [name, fieldSpec(name, property, required.has(name))]),
  );
  const named = new Set(groups.flatMap((group) => group.fields));
  const rest = [...specs.keys()].filter((name) => !named.has(name));
  const drawn = [...groups, { id: "other", title: "Other", fields: rest }]
    .map(({ id, title, fields }) => ({ id, title, fields: fields.flatMap((name) => specs.get(name) ?? []) }))
    .filter((group) => group.fields.length > 0);
  return { groups: drawn, fields: drawn.flatMap((group) => group.fields) };
}

/** Whether a field is meant by what somebody looks for: in its label, its name or its help. */
export function isSoughtBy(field: FieldSpec, words: string): boolean {
  const text = `${field.label} ${field.name} ${field.help}`.toLowerCase();
  return words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

/** The form without some of its fields: for a page that knows when they mean nothing. */
export function withoutFields(spec: FormSpec, hidden: ReadonlySet<string>): FormSpec {
  const groups = spec.groups
    .map((group) => ({ ...group, fields: group.fields.filter(({ name }) => !hidden.has(name)) }))
    .filter((group) => group.fields.length > 0);
  return { groups, fields: groups.flatMap((group) => group.fields) };
}
