/** The same run from a terminal. */

import type { JsonObject, JsonValue } from "@/api/types";
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

/** `python train.py --dataset_path …`, one flag a line. */
export function commandLine(program: string, params: JsonObject): string {
  return [`python ${program}`, ...Object.entries(params).map(([name, value]) => flag(name, value))].join(" \\\n  ");
}
