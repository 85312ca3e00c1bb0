/** The adapters of a merge with their weights: the form holds them in one text, `physics:0.7, history:-0.2`. */

import type { Adapter } from "@/api/types";
import { nextName } from "@/components/job-form/copy";

export interface Chosen {
  name: string;
  /** As it is typed, so it may be no number yet. */
  weight: string;
}

/** Names have neither commas nor colons; without a weight it is 1. */
export function parseChoice(text: string): Chosen[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => {
      const at = part.indexOf(":");
      return at === -1 ? { name: part, weight: "1" } : { name: part.slice(0, at), weight: part.slice(at + 1) };
    });
}

export function choiceText(chosen: Chosen[]): string {
  return chosen.map(({ name, weight }) => `${name}:${weight}`).join(", ");
}

export function add(chosen: Chosen[], name: string): Chosen[] {
  return [...chosen, { name, weight: "1" }];
}

export function remove(chosen: Chosen[], name: string): Chosen[] {
  return chosen.filter((one) => one.name !== name);
}

/** A comma is how half the world writes the point; a space would be lost. */
export function reweigh(chosen: Chosen[], name: string, typed: string): Chosen[] {
  const weight = typed.replaceAll(",", ".").replaceAll(/\s/g, "");
  return chosen.map((one) => (one.name === name ? { name, weight } : one));
}

const WEIGHT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const LONGEST = 20;

/** The number that a weight is; null while it is none. */
export function weightOf({ weight }: Chosen): number | null {
  const value = WEIGHT.test(weight) && weight.length <= LONGEST ? Number(weight) : NaN;
  return Number.isFinite(value) ? value : null;
}

/** What stands between the choice and a merge, in the words of its button. */
export function objectionTo(chosen: Chosen[], intoBase: boolean): string | null {
  if (chosen.length === 0) return "Choose two adapters";
  const wrong = chosen.find((one) => weightOf(one) === null);
  if (wrong) return `The weight of ${wrong.name} is no number`;
  if (chosen.every((one) => weightOf(one) === 0)) return "All weights are 0";
  return chosen.length === 1 && !intoBase ? "Choose a second adapter" : null;
}

const LONGEST_NAME = 60;

/** A name for the result that no adapter has. */
export function suggestName(chosen: Chosen[], taken: readonly string[]): string {
  if (chosen.length === 0) return "";
  const joined = chosen.length === 1 ? `${chosen[0]?.name}-merged` : chosen.map(({ name }) => name).join("-");
  let name = joined.slice(0, LONGEST_NAME).replace(/[^A-Za-z0-9]+$/, "");
  while (taken.includes(name)) name = nextName(name);
  return name;
}

export interface BaseGroup {
  base: string;
  adapters: Adapter[];
}

/** What can be added, by base model; those on the base of what is chosen come first. */
export function choices(adapters: Adapter[], chosen: Chosen[]): BaseGroup[] {
  const first = adapters.find(({ name }) => name === chosen[0]?.name)?.base_model;
  const left = adapters.filter(({ name }) => !chosen.some((one) => one.name === name));
  const bases = [...new Set(left.map(({ base_model: base }) => base))];
  const sorted = bases.sort((one, other) => Number(other === first) - Number(one === first));
  return sorted.map((base) => ({ base, adapters: left.filter(({ base_model }) => base_model === base) }));
}
