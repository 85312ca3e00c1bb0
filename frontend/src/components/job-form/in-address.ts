/** Parameters that a link names: `?max_length=512&learning_rate=1e-4&learning_rate=2e-4`. */

import type { FieldSpec } from "@/components/schema-form/form-spec";
import type { FormValue, FormValues } from "@/components/schema-form/values";

const ON = ["true", "1", "on", "yes"];

export function inAddress(fields: FieldSpec[], search: string): FormValues {
  const asked = new URLSearchParams(search);
  return Object.fromEntries(fields.filter(({ name }) => asked.has(name)).map((field) => [field.name, contentOf(field, asked.getAll(field.name))]));
}

function contentOf(field: FieldSpec, texts: string[]): FormValue {
  const [first = ""] = texts;
  if (field.control === "switch") return ON.includes(first.toLowerCase());
  if (field.control === "list") return texts.join(", ");
  return texts.length > 1 ? texts : first;
}
