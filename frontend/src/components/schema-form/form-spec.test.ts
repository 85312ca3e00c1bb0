import { describe, expect, it } from "vitest";

import type { JsonSchema } from "@/api/types";
import { controlFor, formSpec, labelOf, unwrap } from "@/components/schema-form/form-spec";
import { KIND } from "@/testing/fixtures";

describe("a schema's control", () => {
  const cases: [string, JsonSchema, string][] = [
    ["few choices", { type: "string", enum: ["a", "b"] }, "segments"],
    ["many choices", { type: "string", enum: ["a", "b", "c", "d", "e"] }, "select"],
    ["yes and no", { type: "boolean" }, "switch"],
    ["a whole number", { type: "integer" }, "number"],
    ["a number", { type: "number" }, "number"],
    ["text", { type: "string" }, "text"],
    ["long text", { type: "string", "x-widget": "textarea" }, "textarea"],
    ["texts", { type: "array", items: { type: "string" } }, "list"],
    ["named texts", { type: "object", additionalProperties: { type: "string" } }, "pairs"],
    ["something new", { type: "array", items: { type: "object" } }, "json"],
    ["something unknown", {}, "json"],
  ];
  it.each(cases)("%s", (_, schema, control) => expect(controlFor(schema)).toBe(control));
});

it("unwraps what may be empty, and keeps the hints beside it", () => {
  const declared: JsonSchema = { anyOf: [{ type: "integer", minimum: 1 }, { type: "null" }], default: null, "x-advanced": true };
  expect(unwrap(declared)).toEqual({
    schema: { type: "integer", minimum: 1, default: null, "x-advanced": true },
    nullable: true,
  });
});

describe("a form", () => {
  it("hides what the service manages", () => {
    const names = formSpec(KIND.schema, KIND.groups).fields.map((field) => field.name);
    expect(names).toContain("learning_rate");
    expect(names).not.toContain("secret_hand");
  });

  it("never loses a field that no group names", () => {
    const { groups } = formSpec(KIND.schema, KIND.groups.slice(0, 1));
    expect(groups.at(-1)?.title).toBe("Other");
    expect(groups.at(-1)?.fields.map((field) => field.name)).toContain("learning_rate");
  });
});

it.each([
  ["learning_rate", "Learning rate"],
  ["lora_r", "LoRA r"],
  ["use_rslora", "Use rsLoRA"],
  ["load_in_4bit", "Load in 4-bit"],
])("%s is labelled %s", (name, label) => expect(labelOf(name)).toBe(label));
