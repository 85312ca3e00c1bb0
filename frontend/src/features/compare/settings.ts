/** The settings of runs, side by side. */

import type { JobDetail } from "@/api/types";
import type { FieldSpec } from "@/components/schema-form/form-spec";
import { shown } from "@/components/schema-form/values";
import type { Row } from "@/features/compare/figures";

/** Every run has others of these: they are its name. */
const OWN = ["adapter_name", "output_dir"];

/** A row for each setting; `differing` leaves out those that are the same in all runs. */
export function settingsOf(jobs: readonly JobDetail[], fields: readonly FieldSpec[], differing: boolean): Row[] {
  return fields
    .filter(({ name }) => !OWN.includes(name) && jobs.some((job) => name in job.params))
    .map((field) => ({ label: field.label, cells: jobs.map((job) => ({ text: textOf(field, job) })) }))
    .filter(({ cells }) => !differing || cells.some(({ text }) => text !== cells[0]?.text));
}

function textOf(field: FieldSpec, { params }: JobDetail): string {
  const value = shown(field, params[field.name]);
  if (typeof value === "boolean") return value ? "on" : "off";
  if (value === "") return "none";
  return value.startsWith("/") ? (value.split("/").at(-1) ?? value) : value;
}
