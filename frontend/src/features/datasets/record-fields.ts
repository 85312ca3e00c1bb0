/** A record as a form: its texts, wherever they stand in it, each with a name. */

import type { JsonObject, JsonValue } from "@/api/types";

export interface TextField {
  /** Where it stands, e.g. `["messages", 1, "content"]`. */
  path: (string | number)[];
  label: string;
  value: string;
}

const TALKS = ["messages", "conversations"];

/** The texts that a person corrects: those at the top, and what is said in each turn. */
export function textFields(record: JsonObject): TextField[] {
  return Object.entries(record).flatMap(([name, value]): TextField[] => {
    if (typeof value === "string") return [{ path: [name], label: name, value }];
    if (TALKS.includes(name) && Array.isArray(value)) return value.flatMap((turn, at) => turnField(name, turn, at));
    return [];
  });
}

function turnField(name: string, turn: JsonValue, at: number): TextField[] {
  if (typeof turn !== "object" || turn === null || Array.isArray(turn)) return [];
  const key = "value" in turn ? "value" : "content";
  const said = turn[key];
  const role = turn.from ?? turn.role;
  return typeof said === "string" ? [{ path: [name, at, key], label: `${String(role)}, turn ${at + 1}`, value: said }] : [];
}

/** The record with other texts in these places. */
export function withTexts(record: JsonObject, fields: TextField[]): JsonObject {
  const copy = structuredClone(record);
  for (const { path, value } of fields) put(copy, path, value);
  return copy;
}

function put(inside: JsonValue, [step, ...rest]: (string | number)[], value: string): void {
  if (step === undefined || typeof inside !== "object" || inside === null) return;
  const holder = inside as Record<string | number, JsonValue>;
  if (rest.length === 0) holder[step] = value;
  else put(holder[step] ?? null, rest, value);
}

/** The object that a text spells, or what is wrong with it. */
export function parsedRecord(text: string): { record: JsonObject } | { problem: string } {
  try {
    const value = JSON.parse(text) as JsonValue;
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { record: value };
    return { problem: "A record is an object: { … }." };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : "This is not JSON." };
  }
}
