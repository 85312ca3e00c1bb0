/** A copy of a run: its settings, but a name of its own, since no two runs may write to one place. */

import type { JsonObject } from "@/api/types";

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
