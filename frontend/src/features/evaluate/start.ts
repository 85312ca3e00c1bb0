/** What the form begins with: another run's settings, or what a link names. */

import type { JsonObject } from "@/api/types";
import type { FormSpec } from "@/components/schema-form/form-spec";

export interface Start {
  source: Source;
  values: JsonObject;
}

/** What is evaluated: models that are asked now, or answers that lie in a file. */
export type Source = "models" | "file";

/** Fields of answers that exist already. */
const OF_FILE = ["predictions", "reference", "baseline"];

/** In the group of the models, and yet of use for two files of answers. */
const OF_BOTH = ["pair"];

/** The fields that only the other source has a use for; a request that names both is refused. */
export function hiddenWith(source: Source, { groups }: FormSpec): ReadonlySet<string> {
  if (source === "models") return new Set(OF_FILE);
  const group = groups.find(({ fields }) => fields.some(({ name }) => name === "models"));
  const names = group?.fields.map(({ name }) => name) ?? [];
  return new Set(names.filter((name) => !OF_BOTH.includes(name)));
}

/** What belongs to one run alone: its place and its name. */
const OWN = ["output_dir", "tag", "resume"];

export function startFrom(copied: JsonObject | undefined, search: URLSearchParams, dataset: string | undefined): Start {
  const kept = Object.entries(copied ?? {}).filter(([name]) => !OWN.includes(name));
  const models = search.getAll("model");
  const predictions = search.get("predictions");
  const values: JsonObject = {
    ...Object.fromEntries(kept),
    ...(models.length > 0 && { models }),
    ...(dataset !== undefined && { dataset_path: dataset }),
    ...(predictions !== null && { predictions }),
  };
  const copiedFile = copied !== undefined && Array.isArray(copied.models) && copied.models.length === 0;
  return { source: predictions !== null || (copiedFile && models.length === 0) ? "file" : "models", values };
}
