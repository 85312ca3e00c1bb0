import { describe, expect, it } from "vitest";

import { commandLine } from "@/components/schema-form/command";
import { formSpec } from "@/components/schema-form/form-spec";
import { defaultValues, isChanged, read, shown, submission } from "@/components/schema-form/values";
import { KIND } from "@/testing/fixtures";

const { fields } = formSpec(KIND.schema, KIND.groups);

function fieldNamed(name: string) {
  const field = fields.find((candidate) => candidate.name === name);
  if (!field) throw new Error(`no field ${name}`);
  return field;
}

describe("what a field's content means", () => {
  it.each([
    ["learning_rate", "2e-3", 0.002],
    ["steps", "2k", 2000],
    ["modules", "q_proj, v_proj,", ["q_proj", "v_proj"]],
    ["modules", '"a, b", plain , "\\n", ", q"', ["a, b", "plain", "\n", ", q"]],
    ["column_mapping", "input=My question, output=answer", { input: "My question", output: "answer" }],
    ["quantised", false, false],
    ["scheme", "fp4", "fp4"],
    ["patience", "", null],
    ["patience", "3", 3],
    ["notes", "", ""],
  ])("%s: %j", (name, content, value) => expect(read(fieldNamed(name), content)).toEqual({ value }));

  it.each([
    ["learning_rate", "fast", "Must be a number, such as 0.05, 2e-4 or 2k"],
    ["learning_rate", "0", "Must be above 0"],
    ["learning_rate", "2", "Must be at most 1"],
    ["steps", "1.5", "Must be a whole number"],
    ["steps", "0", "Must be at least 1"],
    ["modules", '"a, b', 'A part in quotes must end with one, such as "\\n", "a, b"'],
    ["modules", '"a" b', 'A part in quotes must end with one, such as "\\n", "a, b"'],
    ["modules", "a,b,c,d,e", "Must have at most 4 parts"],
    ["column_mapping", "input", "Write pairs as name=value, separated by commas"],
    ["adapter_name", "../x", "Must match ^[a-z-]+$"],
  ])("%s: %j is refused", (name, content, error) => expect(read(fieldNamed(name), content)).toEqual({ error }));

  it("every default reads back as itself", () => {
    for (const field of fields.filter((candidate) => !candidate.required)) {
      expect(read(field, shown(field, field.default))).toEqual({ value: field.default });
      expect(isChanged(field, shown(field, field.default))).toBe(false);
    }
  });
});

it.each([[["\n", "a, b", ' x', 'say "hi"']], [["all-linear"]], [[]]])("a list of %j survives its field", (parts) => {
  const field = fieldNamed("modules");
  expect(read({ ...field, default: [] }, shown(field, parts))).toEqual({ value: parts });
});

describe("what is sent", () => {
  it("is only what differs, and what is required", () => {
    const values = { ...defaultValues(fields), dataset_path: "data/qa.json", learning_rate: "2e-3", steps: "100" };
    expect(submission(fields, values)).toEqual({
      params: { dataset_path: "data/qa.json", learning_rate: 0.002 },
      errors: {},
      missing: [],
      vary: {},
    });
  });

  it("lacks what is required, also where the schema allows it to be none", () => {
    const name = { ...fieldNamed("adapter_name"), required: true };
    expect(submission([name], { adapter_name: "" })).toEqual({ params: {}, errors: {}, missing: [name], vary: {} });
  });

  it("is the first of several values, with all of them beside", () => {
    const values = { ...defaultValues(fields), dataset_path: "x", learning_rate: ["1e-3", "2e-3", "0.001"], steps: ["100"] };
    const { params, vary } = submission(fields, values);
    expect({ params, vary }).toEqual({ params: { dataset_path: "x", learning_rate: 0.001 }, vary: { learning_rate: [0.001, 0.002] } });
    expect(submission(fields, { ...values, learning_rate: ["1e-3", "fast"] }).errors).toHaveProperty("learning_rate");
    expect(isChanged(fieldNamed("learning_rate"), ["2e-4", "3e-4"])).toBe(true);
  });

  it("names what is missing", () => {
    expect(submission(fields, defaultValues(fields)).missing.map((field) => field.label)).toEqual(["Dataset path"]);
  });
});

it("is the same from a terminal", () => {
  const params = { dataset_path: "my data.json", learning_rate: 0.002, modules: ["q", "v"], quantised: false, column_mapping: { input: "q" } };
  expect(commandLine("train.py", params).replaceAll(" \\\n  ", " ")).toBe(
    "python train.py --dataset_path 'my data.json' --learning_rate 0.002 --modules q v --no_quantised --column_mapping input=q",
  );
});
