import { describe, expect, it } from "vitest";

import type { Adapter } from "@/api/types";
import { add, choices, choiceText, objectionTo, parseChoice, remove, reweigh, suggestName, weightOf } from "@/features/merge/choice";

const adapter = (name: string, base: string): Adapter => ({ name, base_model: base, path: "", description: "", training_date: "", size_bytes: 1, problem: null });

it("reads adapters with weights and without, and writes them again", () => {
  const chosen = parseChoice("physics:0.7, history, law:-0.5");
  expect(chosen).toEqual([
    { name: "physics", weight: "0.7" },
    { name: "history", weight: "1" },
    { name: "law", weight: "-0.5" },
  ]);
  expect(choiceText(chosen)).toBe("physics:0.7, history:1, law:-0.5");
  expect(parseChoice("")).toEqual([]);
});

it("keeps what is being typed, whatever it is", () => {
  for (const typed of ["", "-", "0.", "-.5", "1e", "1e-3", "much"]) {
    const chosen = reweigh(add([], "physics"), "physics", typed);
    expect(parseChoice(choiceText(chosen))).toEqual([{ name: "physics", weight: typed }]);
  }
});

it("takes a comma for a point, so that one adapter stays one", () => {
  expect(reweigh(parseChoice("a:1, b:1"), "b", " 0,25")).toEqual(parseChoice("a:1, b:0.25"));
});

it("adds at the end and takes away by name", () => {
  const chosen = add(add([], "a"), "b");
  expect(remove(chosen, "a")).toEqual([{ name: "b", weight: "1" }]);
});

it.each([
  ["0.7", 0.7],
  ["-1", -1],
  ["+.5", 0.5],
  ["1e-3", 0.001],
  ["", null],
  ["-", null],
  ["0x10", null],
  ["Infinity", null],
  ["1e999", null],
  ["0.123456789012345678901", null],
])("the weight %j is %j", (weight, value) => expect(weightOf({ name: "a", weight })).toBe(value));

describe("what stands in the way", () => {
  const cases: [string, boolean, string | null][] = [
    ["", false, "Choose two adapters"],
    ["a:1", false, "Choose a second adapter"],
    ["a:1", true, null],
    ["a:1, b:", false, "The weight of b is no number"],
    ["a:0, b:0", false, "All weights are 0"],
    ["a:0, b:-1", false, null],
  ];
  it.each(cases)("of %j (into the base: %j): %j", (text, intoBase, words) => expect(objectionTo(parseChoice(text), intoBase)).toBe(words));
});

describe("a name for the result", () => {
  const cases: [string, string[], string][] = [
    ["", [], ""],
    ["physics:1", [], "physics-merged"],
    ["physics:0.7, law:0.3", [], "physics-law"],
    ["physics:0.7, law:0.3", ["physics-law", "physics-law-2"], "physics-law-3"],
  ];
  it.each(cases)("of %j beside %j is %j", (text, taken, name) => expect(suggestName(parseChoice(text), taken)).toBe(name));

  it("is never longer than a name may be, and never ends in a dash", () => {
    const name = suggestName(parseChoice(`${"a".repeat(59)}:1, b:1`), []);
    expect(name).toBe("a".repeat(59));
  });
});

it("offers what is left by base, the base of the first one chosen on top", () => {
  const known = [adapter("a", "tiny"), adapter("b", "big"), adapter("c", "big"), adapter("d", "tiny")];
  const offered = choices(known, parseChoice("b:1")).map(({ base, adapters }) => [base, ...adapters.map(({ name }) => name)]);
  expect(offered).toEqual([
    ["big", "c"],
    ["tiny", "a", "d"],
  ]);
});
