import { Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { jobKindsQuery } from "@/api/job-kinds";
import type { JsonObject } from "@/api/types";
import { Card } from "@/components/Card";
import { Disclosure } from "@/components/Disclosure";
import { KeyValues } from "@/components/KeyValues";
import { type FieldSpec, formSpec } from "@/components/schema-form/form-spec";
import { isChanged, shown } from "@/components/schema-form/values";

/** The run's own settings: those that differ from the defaults first, all of them folded below. */
export function ParamsCard({ kind, params }: { kind: string; params: JsonObject }) {
  const { data: kinds } = useQuery(jobKindsQuery);
  const declared = kinds?.find((candidate) => candidate.kind === kind);
  if (!declared) return null;
  const fields = formSpec(declared.schema, declared.groups).fields.filter((field) => field.name in params);
  const changed = fields.filter((field) => field.required || isChanged(field, shown(field, params[field.name])));
  return (
    <Stack gap="4">
      <Card title="Settings that differ from the defaults">
        {changed.length > 0 ? <KeyValues entries={entriesOf(changed, params)} /> : <Text color="fg.muted">None.</Text>}
      </Card>
      <Disclosure title="All settings" note={String(fields.length)}>
        <KeyValues entries={entriesOf(fields, params)} />
      </Disclosure>
    </Stack>
  );
}

function entriesOf(fields: FieldSpec[], params: JsonObject): [string, ReactNode][] {
  return fields.map((field) => [field.label, valueText(field, params)]);
}

function valueText(field: FieldSpec, params: JsonObject): string {
  const value = shown(field, params[field.name]);
  if (typeof value === "boolean") return value ? "on" : "off";
  return value === "" ? "none" : value;
}
