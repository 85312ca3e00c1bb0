import { expect, it } from "vitest";

import type { EvaluationEntry } from "@/api/evaluation-types";
import type { JobDetail, JsonObject } from "@/api/types";
import { formSpec } from "@/components/schema-form/form-spec";
import { bestOf, figuresOf } from "@/features/compare/figures";
import { scoresOf } from "@/features/compare/ScoresCard";
import { settingsOf } from "@/features/compare/settings";
import { DETAIL, KIND } from "@/testing/fixtures";

const run = (result: JsonObject | null, more: Partial<JobDetail> = {}): JobDetail => ({ ...DETAIL, metrics: {}, ...more, result });

it("takes the best of values that differ, and none of those that do not", () => {
  expect(bestOf([2, 1, undefined], "lower")).toBe(1);
  expect(bestOf([2, 1], "higher")).toBe(2);
  expect(bestOf([1, 1], "lower")).toBeUndefined();
  expect(bestOf([1, undefined], "lower")).toBeUndefined();
  expect(bestOf([2, 1], undefined)).toBeUndefined();
});

it("sets results beside what was predicted, and takes metrics where there is no result yet", () => {
  const ended = run({ final_loss: 0.5, seconds: 60, estimate: { seconds: 50 } });
  const running = run(null, { metrics: { loss: 0.75, step: 7 } });
  const [loss, steps, time] = figuresOf([ended, running]);
  expect(loss).toEqual({ label: "Training loss", hint: "lower is better", cells: [{ text: "0.5", best: true }, { text: "0.75", best: false }] });
  expect(steps?.cells.map(({ text }) => text)).toEqual(["–", "7"]);
  expect(time?.cells[0]).toEqual({ text: "1 min", note: "predicted about 50 s", best: false });
});

it("shows only the settings that differ, and all on demand", () => {
  const { fields } = formSpec(KIND.schema, KIND.groups);
  const jobs = [
    run(null, { params: { adapter_name: "a", learning_rate: 0.001, steps: 5, dataset_path: "/x/data/a.json" } }),
    run(null, { params: { adapter_name: "b", learning_rate: 0.002, steps: 5, dataset_path: "/x/data/a.json" } }),
  ];
  expect(settingsOf(jobs, fields, true)).toEqual([{ label: "Learning rate", cells: [{ text: "0.001" }, { text: "0.002" }] }]);
  const all = settingsOf(jobs, fields, false);
  expect(all.map(({ label }) => label)).toEqual(["Dataset path", "Learning rate", "Steps"]);
  expect(all[0]?.cells[0]?.text).toBe("a.json");
});

it("sets the newest scores on the same data side by side", () => {
  const entry = (model: string, score: number, more: Partial<EvaluationEntry> = {}) =>
    ({ model, score, score_name: "accuracy", dataset: "facts", scale: { low: 0, high: 1 }, ci95: null, ...more }) as EvaluationEntry;
  const jobs = [run({ adapter_name: "a" }), run({ adapter_name: "b" })];
  const entries = [entry("a", 0.5), entry("a", 0.9), entry("b", 0.75), entry("c", 1), entry("b", 0.1, { dataset: "other" })];
  const [facts, other] = scoresOf(jobs, entries);
  expect(facts?.label).toBe("accuracy on facts");
  expect(facts?.cells.map(({ text, best }) => [text, best])).toEqual([["50 %", false], ["75 %", true]]);
  expect(other?.cells.map(({ text }) => text)).toEqual(["–", "10 %"]);
});
