import type { ControlProps } from "@/components/schema-form/controls";
import { read, shown } from "@/components/schema-form/values";

export interface Listed {
  chosen: string[];
  change: (chosen: string[]) => void;
  /** No more fit in. */
  full: boolean;
}

/** A field that holds a list, for a control that edits its parts one by one. */
export function listed({ field, value, onChange }: Pick<ControlProps, "field" | "value" | "onChange">): Listed {
  const result = read(field, value);
  const chosen = "value" in result && Array.isArray(result.value) ? result.value.map(String) : [];
  return { chosen, change: (next) => onChange(shown(field, next)), full: chosen.length >= (field.schema.maxItems ?? Infinity) };
}
