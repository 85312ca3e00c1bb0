/** A copy of a run: its settings, but a name of its own, since no two runs may write to one place. */

import type { JobKind, JsonObject } from "@/api/types";
import { formSpec } from "@/components/schema-form/form-spec";

/** "physics" -> "physics-2", "physics-2" -> "physics-3". */
export function nextName(name: string): string {
  const match = /^(.*)-(\d+)$/.exec(name);
  return match ? `${match[1]}-${Number(match[2]) + 1}` : `${name}-2`;
}

/** A run is named by its adapter, or by the last part of the folder it makes. */
export function valuesOfCopy(params: JsonObject): JsonObject {
  const { output_dir: folder, adapter_name: name, ...rest } = params;
  if (typeof name === "string") return { ...rest, adapter_name: nextName(name) };
  const made = typeof folder === "string" ? folder.split("/").at(-1) : undefined;
  return made ? { ...rest, output_dir: nextName(made) } : rest;
}

/** The name that a copy of a run gets. */
export function nameOfCopy(params: JsonObject): string {
  const { adapter_name: name, output_dir: folder } = valuesOfCopy(params);
  return String(name ?? folder ?? "a copy");
}

/** What is sent to start a copy of a run: what differs from the defaults, as far as a form would let it be set. */
export function copiedRun(kind: JobKind, params: JsonObject): JsonObject {
  const values = valuesOfCopy(params);
  const settable = formSpec(kind.schema, kind.groups).fields.filter(({ name }) => name in values);
  const changed = settable.filter(({ name, default: standard = null }) => JSON.stringify(values[name]) !== JSON.stringify(standard));
  return Object.fromEntries(changed.map(({ name }) => [name, values[name] ?? null]));
}
