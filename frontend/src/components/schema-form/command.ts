/** The same run from a terminal. */

import type { JsonObject, JsonValue } from "@/api/types";
import type { FieldSpec } from "@/components/schema-form/form-spec";
import { shellQuote } from "@/lib/shell";

function flag(name: string, value: JsonValue): string {
  if (value === true) return `--${name}`;
  if (value === false) return `--no_${name}`;
  if (Array.isArray(value)) return [`--${name}`, ...value.map((part) => shellQuote(String(part)))].join(" ");
  if (value !== null && typeof value === "object") {
    const pairs = Object.entries(value).map(([key, part]) => shellQuote(`${key}=${String(part)}`));
    return [`--${name}`, ...pairs].join(" ");
  }
  return `--${name} ${shellQuote(String(value ?? ""))}`;
}

/** Parameters as they are typed: a name that is made in a folder stands behind it. */
export function typedParams(fields: FieldSpec[], params: JsonObject): JsonObject {
  const inFolders = fields.flatMap(({ name, folder }) => {
    const value = params[name];
    return folder && typeof value === "string" && !value.includes("/") ? [[name, `${folder}/${value}`] as const] : [];
  });
  return { ...params, ...Object.fromEntries(inFolders) };
}

/** `python train.py --dataset_path …`, one flag a line. */
export function commandLine(program: string, params: JsonObject): string {
  return [`python ${program}`, ...Object.entries(params).map(([name, value]) => flag(name, value))].join(" \\\n  ");
}
