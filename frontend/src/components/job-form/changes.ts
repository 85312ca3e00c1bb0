/** What is different between two states of a form, by what the contents mean. */

import type { FieldSpec } from "@/components/schema-form/form-spec";
import { type FormValue, type FormValues, read, severalValues } from "@/components/schema-form/values";

export interface Change {
  field: FieldSpec;
  now: FormValue;
  then: FormValue;
}

/** Whether two contents of a field mean the same: "2e-4" and "0.0002" do. */
export function meansTheSame(field: FieldSpec, one: FormValue | undefined, other: FormValue | undefined): boolean {
  return meaning(field, one) === meaning(field, other);
}

function meaning(field: FieldSpec, content: FormValue | undefined): string {
  const several = severalValues(field, content);
  if (several.length > 1) return JSON.stringify(several);
  const result = read(field, content);
  return "error" in result ? `wrong ${String(content)}` : JSON.stringify([result.value ?? null]);
}

export function changesBetween(fields: FieldSpec[], now: FormValues, then: FormValues): Change[] {
  return fields
    .filter((field) => !meansTheSame(field, now[field.name], then[field.name]))
    .map((field) => ({ field, now: now[field.name] ?? "", then: then[field.name] ?? "" }));
}

/** A content in words: "on", "empty", "2e-4". */
export function inWords(content: FormValue): string {
  if (typeof content === "boolean") return content ? "on" : "off";
  return Array.isArray(content) ? content.join(", ") : content || "empty";
}
