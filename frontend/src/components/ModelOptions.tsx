import type { ModelEntry } from "@/api/types";

const KINDS: [ModelEntry["owned_by"], string][] = [
  ["adapter", "Adapters"],
  ["merged", "Merged models"],
  ["base", "Base models"],
  ["server", "On the model server"],
];

/** The options of a list of models, by kind; a kind without any is left out. */
export function ModelOptions({ models }: { models: ModelEntry[] }) {
  return KINDS.map(([kind, title]) => {
    const own = models.filter(({ owned_by: owner }) => owner === kind);
    return own.length === 0 ? null : (
      <optgroup key={kind} label={title}>
        {own.map(({ id }) => (
          <option key={id} value={id}>
            {id}
          </option>
        ))}
      </optgroup>
    );
  });
}
