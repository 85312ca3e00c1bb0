import { Field, Input, NativeSelect, Stack } from "@chakra-ui/react";

import type { Dataset } from "@/api/types";
import { formatCounted } from "@/lib/format";

const NEW = "\0new";

/** The file a new dataset goes into: a list of JSON, unless the name says otherwise. */
export function fileNameOf(name: string): string {
  const trimmed = name.trim();
  return trimmed === "" || trimmed.includes(".") ? trimmed : `${trimmed}.json`;
}

interface DatasetChoiceProps {
  datasets: Dataset[];
  /** Name of a dataset that is there; null = a new one. */
  choice: string | null;
  onChoose: (choice: string | null) => void;
  newName: string;
  onName: (name: string) => void;
}

/** One of the datasets that are there, or a new one by its name. */
export function DatasetChoice({ datasets, choice, onChoose, newName, onName }: DatasetChoiceProps) {
  const file = fileNameOf(newName);
  const exists = datasets.some(({ name }) => name === file);
  return (
    <Stack gap="3">
      <Field.Root>
        <Field.Label>Dataset</Field.Label>
        <NativeSelect.Root size="sm">
          <NativeSelect.Field value={choice ?? NEW} onChange={({ target: { value } }) => onChoose(value === NEW ? null : value)}>
            <option value={NEW}>A new dataset…</option>
            {datasets.map(({ name, examples }) => (
              <option key={name} value={name}>
                {examples === null ? name : `${name} · ${formatCounted(examples, "example")}`}
              </option>
            ))}
          </NativeSelect.Field>
          <NativeSelect.Indicator />
        </NativeSelect.Root>
      </Field.Root>
      {choice === null && (
        <Field.Root required>
          <Field.Label>Name of the new dataset</Field.Label>
          <Input size="sm" autoComplete="off" spellCheck={false} value={newName} onChange={(event) => onName(event.target.value)} />
          <Field.HelperText>
            {exists ? `${file} is there already: the record is added to it.` : file && `It becomes ${file} in the data folder.`}
          </Field.HelperText>
        </Field.Root>
      )}
    </Stack>
  );
}
