/** A copy of a run: its settings, but a name of its own, since no two runs may write to one place. */

import type { JsonObject } from "@/api/types";

/** "physics" -> "physics-2", "physics-2" -> "physics-3". */
export function nextName(name: string): string {
  const match = /^(.*)-(\d+)$/.exec(name);
  return match ? `${match[1]}-${Number(match[2]) + 1}` : `${name}-2`;
}

export function valuesOfCopy(params: JsonObject): JsonObject {
  const { output_dir, adapter_name: name, ...rest } = params;
  return { ...rest, ...(typeof name === "string" && { adapter_name: nextName(name) }) };
}
