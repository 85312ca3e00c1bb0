/** One control per kind of value. Label, help and error are around it: see `SchemaField`. */

import { Flex, Input, NativeSelect, Text, Textarea } from "@chakra-ui/react";
import type { ComponentType } from "react";

import type { ControlKind, FieldSpec } from "@/components/schema-form/form-spec";
import { NumberControl } from "@/components/schema-form/NumberControl";
import { Segments } from "@/components/Segments";
import { Switch } from "@/components/Switch";
import { type FormValue, shown } from "@/components/schema-form/values";

export interface ControlProps {
  field: FieldSpec;
  value: FormValue;
  onChange: (value: FormValue) => void;
  onBlur: () => void;
  /** For the element that takes the focus when the field is in error. */
  ref: (element: HTMLElement | null) => void;
}

export type Control = ComponentType<ControlProps>;

export function placeholderOf(field: FieldSpec): string | undefined {
  const text = shown(field, field.default);
  if (typeof text === "string" && text !== "") return text;
  if (field.control === "list") return 'one, "two, with a comma", "\\n"';
  return field.nullable && !field.required ? "none" : undefined;
}

function TextControl({ field, value, onChange, onBlur, ref }: ControlProps) {
  const input = (
    <Input
      ref={ref}
      name={field.name}
      size="sm"
      bg="bg.panel"
      autoComplete="off"
      spellCheck={false}
      placeholder={placeholderOf(field)}
      value={String(value)}
      onChange={(event) => onChange(event.target.value)}
      onBlur={onBlur}
    />
  );
  if (!field.folder) return input;
  return (
    <Flex w="full" align="center" gap="1.5">
      <Text color="fg.muted" fontFamily="mono" fontSize="13px" whiteSpace="nowrap">
        {field.folder}/
      </Text>
      {input}
    </Flex>
  );
}

function TextareaControl({ field, value, onChange, onBlur, ref }: ControlProps) {
  return (
    <Textarea
      ref={ref}
      name={field.name}
      size="sm"
      bg="bg.panel"
      rows={2}
      autoresize
      placeholder={placeholderOf(field)}
      value={String(value)}
      onChange={(event) => onChange(event.target.value)}
      onBlur={onBlur}
    />
  );
}

function SwitchControl({ field, value, onChange, onBlur, ref }: ControlProps) {
  return <Switch ref={ref} name={field.name} checked={value === true} onChange={onChange} onBlur={onBlur} />;
}

function SelectControl({ field, value, onChange, onBlur, ref }: ControlProps) {
  return (
    <NativeSelect.Root size="sm">
      <NativeSelect.Field
        ref={ref}
        name={field.name}
        bg="bg.panel"
        value={String(value)}
        onChange={(event) => onChange(event.target.value)}
        onBlur={onBlur}
      >
        {field.nullable && <option value="">none</option>}
        {field.schema.enum?.map((option) => <option key={String(option)}>{String(option)}</option>)}
      </NativeSelect.Field>
      <NativeSelect.Indicator />
    </NativeSelect.Root>
  );
}

function SegmentsControl({ field, value, onChange, onBlur, ref }: ControlProps) {
  const options = (field.schema.enum ?? []).map((option) => ({ value: String(option), label: String(option) }));
  return (
    <Segments
      ref={ref}
      name={field.name}
      label={field.label}
      options={field.nullable ? [{ value: "", label: "none" }, ...options] : options}
      value={String(value)}
      onChange={onChange}
      onBlur={onBlur}
    />
  );
}

export const CONTROLS: Record<ControlKind, Control> = {
  text: TextControl,
  number: NumberControl,
  list: TextControl,
  pairs: TextControl,
  json: TextareaControl,
  textarea: TextareaControl,
  switch: SwitchControl,
  select: SelectControl,
  segments: SegmentsControl,
};
