import { Heading, SimpleGrid, Stack } from "@chakra-ui/react";
import { type UseFormReturn, useFormState, useWatch } from "react-hook-form";

import { Card } from "@/components/Card";
import { Disclosure } from "@/components/Disclosure";
import type { Control } from "@/components/schema-form/controls";
import { type FieldSpec, type FormSpec, type GroupSpec, isSoughtBy } from "@/components/schema-form/form-spec";
import { SchemaField } from "@/components/schema-form/SchemaField";
import { fieldsInForce, type FormValues, isChanged } from "@/components/schema-form/values";

interface SchemaFormProps {
  spec: FormSpec;
  form: UseFormReturn<FormValues>;
  widgets: Record<string, Control>;
  /** Where the form stands in a narrow column: one field beside another does not fit there. */
  narrow?: boolean;
  /** What somebody looks for among the fields: the others are out of sight, and folds open. */
  sought?: string;
  /** The fields that may be given several values. */
  sweepable?: (field: FieldSpec) => boolean;
}

/** A kind's parameters: the usual ones in cards by group, the others folded below; what means nothing now is left out. */
export function SchemaForm({ spec, form, ...drawing }: SchemaFormProps) {
  const values = useWatch({ control: form.control });
  const inForce = new Set(fieldsInForce(spec.fields, values));
  const usual = partOf(spec.groups, (field) => inForce.has(field) && !field.advanced);
  const advanced = partOf(spec.groups, (field) => inForce.has(field) && field.advanced);
  return (
    <Stack gap="4">
      {usual.map((group) => (
        <Card key={group.id} title={group.title} hidden={!hasSought(group, drawing.sought)}>
          <Fields fields={group.fields} form={form} {...drawing} />
        </Card>
      ))}
      {advanced.length > 0 && <AdvancedFields groups={advanced} form={form} {...drawing} />}
    </Stack>
  );
}

function partOf(groups: GroupSpec[], keep: (field: FieldSpec) => boolean): GroupSpec[] {
  return groups
    .map((group) => ({ ...group, fields: group.fields.filter(keep) }))
    .filter((group) => group.fields.length > 0);
}

type Drawing = Omit<SchemaFormProps, "spec">;

function hasSought({ fields }: GroupSpec, sought = ""): boolean {
  return fields.some((field) => isSoughtBy(field, sought));
}

function Fields({ fields, form, widgets, narrow = false, sought = "", sweepable }: Drawing & { fields: FieldSpec[] }) {
  return (
    <SimpleGrid columns={narrow ? 1 : { base: 1, sm: 2 }} columnGap="6" rowGap="5">
      {fields.map((field) => (
        <SchemaField key={field.name} field={field} form={form} widgets={widgets} hidden={!isSoughtBy(field, sought)} sweepable={sweepable?.(field)} />
      ))}
    </SimpleGrid>
  );
}

/** Folded, but never over something that needs to be seen: a changed value or an error opens it. */
function AdvancedFields({ groups, ...drawing }: Drawing & { groups: GroupSpec[] }) {
  const { form, sought = "" } = drawing;
  const fields = groups.flatMap((group) => group.fields);
  const values = useWatch({ control: form.control });
  const { errors } = useFormState({ control: form.control });
  const changed = fields.filter((field) => isChanged(field, values[field.name])).length;
  const inError = fields.some((field) => errors[field.name]);
  const soughtHere = groups.some((group) => hasSought(group, sought));
  return (
    <Disclosure
      title="Advanced"
      note={noteOf(fields.length, changed)}
      openedBy={changed > 0}
      heldOpen={inError || (sought !== "" && soughtHere)}
      hidden={!soughtHere}
    >
      <Stack gap="6">
        {groups.map((group) => (
          <Stack key={group.id} as="section" gap="3" hidden={!hasSought(group, sought)}>
            {groups.length > 1 && (
              <Heading as="h3" textStyle="sm" color="fg.muted">
                {group.title}
              </Heading>
            )}
            <Fields fields={group.fields} {...drawing} />
          </Stack>
        ))}
      </Stack>
    </Disclosure>
  );
}

function noteOf(count: number, changed: number): string {
  return changed > 0 ? `${count} settings, ${changed} changed` : `${count} settings`;
}
