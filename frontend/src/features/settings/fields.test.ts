import { describe, expect, it } from "vitest";

import { changeOf } from "@/features/settings/drafts";
import { cleanSecret, fieldsOf, isChanged, matches, outcomeOf, type SettingField } from "@/features/settings/fields";
import { SETTINGS } from "@/testing/settings";

function fieldNamed(name: string): SettingField {
  const found = fieldsOf(SETTINGS).find(({ setting }) => setting.name === name);
  if (!found) throw new Error(`no setting ${name}`);
  return found;
}

describe("what saving a draft sends", () => {
  it.each([
    ["PORT", "9100", { value: 9100 }],
    ["PORT", "9000", "same"], // as in the file
    ["PORT", "8000", { value: null }], // the default needs no line
    ["PORT", null, { value: null }],
    ["PORT", "0", { error: "Must be at least 1" }],
    ["PORT", "high", { error: "Must be a number, such as 0.05, 2e-4 or 2k" }],
    ["EVAL_MODEL", "judge", { value: "judge" }],
    ["EVAL_MODEL", "", "same"], // empty stands for the default, which it has
    ["EVAL_MODEL", null, "same"],
    ["ALLOWED_HOSTS", "localhost, box", { value: ["localhost", "box"] }],
    ["OPENAI_API_KEY", "sk-1", { value: "sk-1" }],
    ["OPENAI_API_KEY", null, { value: null }],
    ["HF_TOKEN", null, "same"], // there is none
  ])("%s: %j", (name, draft, outcome) => expect(outcomeOf(fieldNamed(name), draft)).toEqual(outcome));
});

it("differs from the default as it is shown, saved or not", () => {
  expect(isChanged(fieldNamed("PORT"), undefined)).toBe(true);
  expect(isChanged(fieldNamed("PORT"), null)).toBe(false);
  expect(isChanged(fieldNamed("EVAL_MODEL"), undefined)).toBe(false);
  expect(isChanged(fieldNamed("EVAL_MODEL"), "x")).toBe(true);
  expect(isChanged(fieldNamed("OPENAI_API_KEY"), "sk-1")).toBe(false); // nobody can put a key back
});

it.each([
  ["OPENAI_API_KEY", "sk-secret", "set", "replaced"],
  ["OPENAI_API_KEY", null, "set", "removed"],
  ["HF_TOKEN", "hf-secret", "not set", "set"],
  ["PORT", null, "9000", "8000 (default)"],
  ["AUTO_RESUME", false, "on", "off"],
])("the change of %s to %j reads %s → %s", (name, draft, before, after) => expect(changeOf(fieldNamed(name), draft)).toMatchObject({ before, after }));

it.each([
  ['  "sk-abc"\n', "sk-abc"],
  ["'sk-abc' ", "sk-abc"],
  ["“sk-abc”", "sk-abc"],
  ["OPENAI_API_KEY=sk-abc", "sk-abc"],
  ['export HF_TOKEN="hf_x=y"', "hf_x=y"],
  ["sk-a=b", "sk-a=b"],
])("%j is taken as %s", (pasted, key) => expect(cleanSecret(pasted)).toBe(key));

it("is found by name, label and help, all words of a search", () => {
  expect(matches(fieldNamed("PORT"), "listens port")).toBe(true);
  expect(matches(fieldNamed("OPENAI_API_KEY"), "openai_api")).toBe(true);
  expect(matches(fieldNamed("PORT"), "port judge")).toBe(false);
});
