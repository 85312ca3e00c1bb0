import { useEffect, useMemo } from "react";
import { useForm, type UseFormReturn } from "react-hook-form";

import type { JsonObject, JsonSchema } from "@/api/types";
import { type FieldSpec, type FormSpec, formSpec } from "@/components/schema-form/form-spec";
import { defaultValues, type FormValues, isChanged, read } from "@/components/schema-form/values";
import type { Manner } from "@/features/playground/session";
import { readStored, writeStored } from "@/lib/stored";

const KEY = "playground-settings";
/** The system prompt: a turn of the conversation, so no parameter of the request. */
export const SYSTEM = "system_message";
const SEED = "seed";

export interface Settings {
  spec: FormSpec;
  form: UseFormReturn<FormValues>;
  /** What the fields say; null when one of them is wrong. */
  manner: (choice: { newSeed: boolean }) => Promise<Manner | null>;
  focusWrong: () => void;
}

/** The fields of the settings; this browser remembers what stands in them. */
export function useSettings(schema: JsonSchema | undefined): Settings {
  const spec = useMemo(() => specOf(schema), [schema]);
  const form = useForm<FormValues>({ mode: "onTouched", defaultValues: { ...defaultValues(spec.fields), [SYSTEM]: "", ...remembered() } });
  useEffect(
    () => form.subscribe({ formState: { values: true }, callback: ({ values }) => void writeStored(KEY, changedOnly(spec, values)) }),
    [form, spec],
  );
  return useMemo(() => {
    const manner: Settings["manner"] = async ({ newSeed }) => {
      if (!(await form.trigger())) return null;
      const values = form.getValues();
      return { params: paramsOf(spec, values, newSeed), system: String(values[SYSTEM] ?? "") };
    };
    const focusWrong = () => {
      const wrong = spec.fields.find((field) => "error" in read(field, form.getValues(field.name)));
      // After the next paint: the field may stand in a panel or a fold that opens because of it.
      if (wrong) requestAnimationFrame(() => form.setFocus(wrong.name));
    };
    return { spec, form, manner, focusWrong };
  }, [spec, form]);
}

function specOf(schema: JsonSchema | undefined): FormSpec {
  const fields = Object.keys(schema?.properties ?? {});
  return formSpec(schema ?? {}, [{ id: "sampling", title: "Sampling", fields }]);
}

/** Everything that stands in the fields is sent, also what is a default: an answer is then what the page says it is. */
function paramsOf(spec: FormSpec, values: FormValues, newSeed: boolean): JsonObject {
  const given = spec.fields.flatMap((field) => {
    const result = read(field, values[field.name]);
    return "value" in result && result.value != null ? [[field.name, result.value] as const] : [];
  });
  const params = Object.fromEntries(given);
  const seed = spec.fields.find((field) => field.name === SEED);
  // Drawn here, so that all models get the same one and the answer can tell it.
  return seed && (newSeed || params[SEED] === undefined) ? { ...params, [SEED]: drawSeed(seed) } : params;
}

function drawSeed(field: FieldSpec): number {
  return Math.floor(Math.random() * ((field.schema.maximum ?? 0xffff) + 1));
}

export function countChanged(spec: FormSpec, values: Partial<FormValues>): number {
  const system = String(values[SYSTEM] ?? "").trim() === "" ? 0 : 1;
  return system + spec.fields.filter((field) => isChanged(field, values[field.name])).length;
}

/** Defaults are not remembered: they are the service's, and may be others tomorrow. */
function changedOnly(spec: FormSpec, values: FormValues): FormValues {
  const changed = spec.fields.filter((field) => isChanged(field, values[field.name]));
  return Object.fromEntries([...changed.map(({ name }) => name), SYSTEM].map((name) => [name, values[name] ?? ""]));
}

function remembered(): FormValues {
  const stored = readStored(KEY);
  if (typeof stored !== "object" || stored === null) return {};
  const usable = Object.entries(stored).filter(([, value]) => typeof value === "string" || typeof value === "boolean");
  return Object.fromEntries(usable) as FormValues;
}
