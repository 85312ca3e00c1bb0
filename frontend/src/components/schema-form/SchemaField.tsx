import { Field, Flex, Text } from "@chakra-ui/react";
import { memo } from "react";
import { type UseFormReturn, useController } from "react-hook-form";

import { InlineCode } from "@/components/InlineCode";
import { ChangedBadge } from "@/components/schema-form/ChangedBadge";
import { type Control, CONTROLS } from "@/components/schema-form/controls";
import type { FieldSpec } from "@/components/schema-form/form-spec";
import { SeveralControl } from "@/components/schema-form/SeveralControl";
import { FIELD, SeveralToggle } from "@/components/schema-form/SeveralToggle";
import { type FormValues, isChanged, isMissing, read, shown } from "@/components/schema-form/values";

interface SchemaFieldProps {
  field: FieldSpec;
  form: UseFormReturn<FormValues>;
  /** Controls for `x-widget` hints; a hint without one is drawn by the value's type. */
  widgets: Record<string, Control>;
  /** Not what is looked for: it stays, out of sight. */
  hidden?: boolean;
  /** Whether it may be given several values, for a run each. */
  sweepable?: boolean;
}

/**
 * A parameter: label, control, its help and default, and what is wrong with it. Drawn anew when its own value changes:
 * sixty of them at each letter typed into one took 110 ms.
 */
export const SchemaField = memo(function SchemaField({ field, form, widgets, hidden = false, sweepable = false }: SchemaFieldProps) {
  const { field: input, fieldState } = useController({
    name: field.name,
    control: form.control,
    rules: { validate: (content) => complaint(field, content) },
  });
  const several = Array.isArray(input.value);
  const Control = several ? SeveralControl : (field.widget && widgets[field.widget]) || CONTROLS[field.control];
  const reset = () => form.setValue(field.name, shown(field, field.default), { shouldValidate: true });
  const inline = field.control === "switch";
  const onSeveral = () => input.onChange(Array.isArray(input.value) ? (input.value[0] ?? shown(field, field.default)) : [String(input.value)].filter(Boolean));
  return (
    <Field.Root invalid={fieldState.invalid} required={field.required} gap="1" hidden={hidden} className={FIELD} gridColumn={isWide(field) ? "1 / -1" : undefined}>
      <Flex w="full" minH="6" align="center" gap="2" justify="space-between">
        <Flex align="center" gap="2" minW="0">
          <Field.Label title={field.name}>
            {field.label}
            {field.unit && <Text as="span" color="fg.muted" fontWeight="normal">({field.unit})</Text>}
            <Field.RequiredIndicator />
          </Field.Label>
          {!field.required && isChanged(field, input.value) && <ChangedBadge label={field.label} onReset={reset} />}
        </Flex>
        {sweepable && <SeveralToggle label={field.label} several={several} onToggle={onSeveral} />}
        {inline && <Control {...input} field={field} />}
      </Flex>
      {!inline && <Control {...input} field={field} />}
      <Field.ErrorText>{fieldState.error?.message}</Field.ErrorText>
      <Field.HelperText lineHeight="1.45">
        <InlineCode text={field.help} />
        <Default field={field} />
      </Field.HelperText>
    </Field.Root>
  );
});

function complaint(field: FieldSpec, content: FormValues[string] | undefined): true | string {
  const result = read(field, content);
  if ("error" in result) return result.error;
  return isMissing(field, result.value) ? "Needed" : true;
}

function isWide(field: FieldSpec): boolean {
  if (["list", "pairs", "textarea", "json"].includes(field.control) || field.folder) return true;
  return ["dataset", "model", "models", "options"].includes(field.widget ?? "");
}

function Default({ field }: { field: FieldSpec }) {
  const content = shown(field, field.default);
  const text = typeof content === "string" ? content : content ? "on" : "off";
  if (field.required || text === "") return null;
  return (
    <Text as="span" whiteSpace="nowrap">
      {" · default "}
      <Text as="span" color="fg" fontWeight="medium">
        {text}
      </Text>
    </Text>
  );
}
