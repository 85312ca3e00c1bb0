import { Input } from "@chakra-ui/react";

import type { ControlProps } from "@/components/schema-form/controls";
import { read, shown } from "@/components/schema-form/values";
import { parseNumber, stepped } from "@/lib/numbers";

/** A number as people type it: put into the field's own form when it is left, moved by the arrow keys, with Shift by tens. */
export function NumberControl({ field, value, onChange, onBlur, ref }: ControlProps) {
  const text = String(value);
  const onKeyDown = (event: React.KeyboardEvent) => {
    const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key] as 1 | -1 | undefined;
    if (!direction || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const from = text.trim() === "" ? (typeof field.default === "number" ? field.default : 0) : parseNumber(text);
    if (from !== null) onChange(shown(field, within(field.schema, stepped(from, direction, field.steps, event.shiftKey), from)));
  };
  const leave = () => {
    const result = read(field, text);
    if (text.trim() !== "" && "value" in result && shown(field, result.value) !== text) onChange(shown(field, result.value));
    onBlur();
  };
  return (
    <Input
      ref={ref}
      name={field.name}
      size="sm"
      bg="bg.panel"
      inputMode="decimal"
      autoComplete="off"
      spellCheck={false}
      placeholder={shown(field, field.default) === "" ? (field.nullable ? "none" : undefined) : String(shown(field, field.default))}
      value={text}
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={onKeyDown}
      onBlur={leave}
    />
  );
}

/** The number where the schema has it; a limit that may not be reached itself holds the old one. */
function within({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: ControlProps["field"]["schema"], number: number, old: number): number {
  if (number <= (exclusiveMinimum ?? -Infinity) || number >= (exclusiveMaximum ?? Infinity)) return old;
  return Math.min(maximum ?? Infinity, Math.max(minimum ?? -Infinity, number));
}
