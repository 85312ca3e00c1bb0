import { expect, it } from "vitest";

import { nextName, valuesOfCopy } from "@/components/job-form/copy";

it.each([
  ["physics", "physics-2"],
  ["physics-2", "physics-3"],
  ["physics-9", "physics-10"],
])("a copy of %s is %s", (name, next) => expect(nextName(name)).toBe(next));

it("keeps the settings but not the place", () => {
  const params = { adapter_name: "a", output_dir: "models/a", learning_rate: 1 };
  expect(valuesOfCopy(params)).toEqual({ adapter_name: "a-2", learning_rate: 1 });
});

it("names a run without an adapter by its folder", () => {
  expect(valuesOfCopy({ adapters: ["a:1"], output_dir: "/home/me/models/both" })).toEqual({ adapters: ["a:1"], output_dir: "both-2" });
});
