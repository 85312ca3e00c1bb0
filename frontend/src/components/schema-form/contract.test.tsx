/// <reference types="node" />
/** The forms of all kinds as the service has them now: a parameter without a control, or sent when nobody set it, fails. */

import { execFileSync } from "node:child_process";
import { resolve } from "node:path";

import { ChakraProvider, defaultSystem } from "@chakra-ui/react";
import { fireEvent, render } from "@testing-library/react";
import { useEffect } from "react";
import { useForm, useWatch } from "react-hook-form";
import { expect, it } from "vitest";

import type { JobKind, JsonObject } from "@/api/types";
import { type FormSpec, formSpec } from "@/components/schema-form/form-spec";
import { SchemaForm } from "@/components/schema-form/SchemaForm";
import { defaultValues, type FormValues, shown, type Submission, submission } from "@/components/schema-form/values";

type LiveKind = JobKind & { least: JsonObject };

const ROOT = resolve(import.meta.dirname, "../../../..");
const printed = execFileSync(process.env.PYTHON ?? "python", ["-m", "tests.live_kinds"], { cwd: ROOT, encoding: "utf8", maxBuffer: 2 ** 24 });
const KINDS = JSON.parse(printed) as LiveKind[];

function Form({ spec, tell }: { spec: FormSpec; tell: (draft: Submission) => void }) {
  const form = useForm<FormValues>({ defaultValues: defaultValues(spec.fields) });
  const values = useWatch({ control: form.control }) as FormValues;
  useEffect(() => tell(submission(spec.fields, values)), [spec, values, tell]);
  return <SchemaForm spec={spec} form={form} widgets={{}} />;
}

it.each(KINDS.map((kind) => [kind.kind, kind] as const))("the form of %s sends what has to be given, and nothing else", (_, kind) => {
  const spec = formSpec(kind.schema, kind.groups);
  const without = kind.schema.required?.filter((name) => kind.schema.properties?.[name]?.default == null) ?? [];
  const told: Submission[] = [];
  const tell = (draft: Submission) => void told.push(draft);
  const { container } = render(
    <ChakraProvider value={defaultSystem}>
      <Form spec={spec} tell={tell} />
    </ChakraProvider>,
  );
  expect(told.at(-1)?.missing.map(({ name }) => name).sort()).toEqual(without.toSorted());
  for (const field of spec.fields.filter(({ name }) => name in kind.least)) {
    const control = container.querySelector(`[name="${field.name}"]`);
    if (!control) throw new Error(`${field.name} has no control`);
    fireEvent.change(control, { target: { value: String(shown(field, kind.least[field.name])) } });
  }
  expect(told.at(-1)).toEqual({ params: kind.least, errors: {}, missing: [], vary: {} });
  const settable = Object.entries(kind.schema.properties ?? {}).filter(([, property]) => property["x-managed"] !== true);
  expect(spec.fields.map(({ name }) => name).sort()).toEqual(settable.map(([name]) => name).sort());
});
