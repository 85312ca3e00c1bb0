/** A setting as a field of a form: the parameter's own schema, label and help are the service's. */

import type { SecretState, Setting, SettingList } from "@/api/settings";
import type { JsonValue } from "@/api/types";
import { type FieldSpec, formSpec } from "@/components/schema-form/form-spec";
import { type FormValue, read, shown } from "@/components/schema-form/values";

export interface SettingField {
  setting: Setting;
  spec: FieldSpec;
}

/** What was typed and not saved; null = back to the default. */
export type Draft = FormValue | null;

export function fieldsOf({ settings }: SettingList): SettingField[] {
  return settings.map((setting) => ({ setting, spec: specOf(setting) }));
}

/** The form's rules, made for parameters in small letters, hold for the variables of their names too. */
function specOf(setting: Setting): FieldSpec {
  const property = { ...setting.schema, description: setting.help, default: setting.default };
  const [spec] = formSpec({ properties: { [setting.name.toLowerCase()]: property } }, []).fields;
  if (!spec) throw new Error(`${setting.name} has no field`); // only what is managed has none, and that is no setting
  return { ...spec, name: setting.name };
}

export function secretOf({ setting }: SettingField): SecretState | null {
  return setting.secret ? (setting.value as SecretState) : null;
}

/** What is saved, as its control shows it; never of a secret. */
export function savedContent({ setting, spec }: SettingField): FormValue {
  return setting.secret ? "" : shown(spec, setting.value as JsonValue);
}

/** What the control shows. */
export function contentOf(field: SettingField, draft: Draft | undefined): FormValue {
  if (draft === undefined) return savedContent(field);
  return draft ?? shown(field.spec, field.setting.default);
}

/** What saving a draft would send; `same` when it changes nothing. */
export type Outcome = { value: JsonValue } | { error: string } | "same";

export function outcomeOf(field: SettingField, draft: Draft): Outcome {
  const { setting, spec } = field;
  const secret = secretOf(field);
  if (secret) {
    if (draft === null) return secret.set ? { value: null } : "same";
    return draft === "" ? "same" : { value: draft };
  }
  if (draft === null) return setting.source === "default" ? "same" : { value: null };
  const result = read(spec, draft);
  if ("error" in result) return result;
  const value = result.value ?? null;
  if (equal(value, setting.value)) return "same";
  return { value: equal(value, setting.default) ? null : value };
}

/** Whether what the field shows differs from the default. */
export function isChanged(field: SettingField, draft: Draft | undefined): boolean {
  if (field.setting.secret) return false;
  const result = read(field.spec, contentOf(field, draft));
  return "error" in result || !equal(result.value ?? null, field.setting.default);
}

function equal(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}

/** A key as people paste it: with quotes around it, blanks, or the variable's name in front. */
export function cleanSecret(pasted: string): string {
  const bare = pasted.trim().replace(/^(?:export\s+)?[A-Z][A-Z0-9_]*=/, "");
  return bare.replace(/^["'`“”‘’\s]+|["'`“”‘’\s]+$/g, "");
}

/** Whether the words of a search are all in the name, the label or the help. */
export function matches({ setting, spec }: SettingField, search: string): boolean {
  const text = `${setting.name} ${spec.label} ${setting.help} ${setting.group}`.toLowerCase();
  return search.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}
