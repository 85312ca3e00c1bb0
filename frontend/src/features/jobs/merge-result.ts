/** What the page of a merge reads from its parameters and its result. */

import type { JsonObject } from "@/api/types";

export interface Parent {
  name: string;
  /** "0.7 × physics" */
  text: string;
}

export function parentsOf({ adapters }: JsonObject): Parent[] {
  if (!Array.isArray(adapters)) return [];
  return adapters.map((given) => {
    const [name = "", weight = "1"] = String(given).split(":");
    return { name, text: `${weight} × ${name}` };
  });
}

/** The playground asks so many at once. */
const MOST_ASKED = 4;

/** Address part for the playground: the merge first, then its parents. */
export function triedBeside(merged: string, parents: Parent[]): string {
  const models = [...new Set([merged, ...parents.map(({ name }) => name)])].slice(0, MOST_ASKED);
  return new URLSearchParams(models.map((model) => ["model", model])).toString();
}

export function placeOf({ path }: JsonObject): string | null {
  return typeof path === "string" ? path : null;
}

/** What a person should know, but for what the proof's own card says. */
export function linesOf({ lines, proof }: JsonObject): string[] {
  const proven = typeof proof === "object" && proof !== null && "lines" in proof && Array.isArray(proof.lines) ? proof.lines : [];
  return Array.isArray(lines) ? lines.filter((line) => !proven.includes(line)).map(String) : [];
}

/** Whether a merge was made and did not compare as it should. */
export function fellShort(result: JsonObject | null): boolean {
  const proof = result?.proof;
  return typeof proof === "object" && proof !== null && !Array.isArray(proof) && proof.passed === false;
}
