import { NativeSelect, Stack } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";

import { modelsQuery } from "@/api/models";
import type { ModelEntry } from "@/api/types";
import { ChosenList } from "@/components/job-form/ChosenList";
import { listed } from "@/components/job-form/listed";
import type { ControlProps } from "@/components/schema-form/controls";

const KINDS: [ModelEntry["owned_by"], string][] = [
  ["adapter", "Adapters"],
  ["merged", "Merged models"],
  ["base", "Base models"],
];

/** Which models, in an order that means something: the first is what the others are compared with. */
export function ModelsControl(props: ControlProps) {
  const { field, onBlur, ref } = props;
  const { data: known = [], isError } = useQuery(modelsQuery);
  const { chosen, change, full } = listed(props);
  const left = known.filter(({ id }) => !chosen.includes(id));
  return (
    <Stack w="full" gap="2">
      <ChosenList label={field.label} chosen={chosen} onChange={change} roleOf={(index) => (index === 0 && chosen.length > 1 ? "baseline" : "")} />
      <NativeSelect.Root size="sm" disabled={full}>
        <NativeSelect.Field
          ref={ref}
          name={field.name}
          bg="bg.panel"
          value=""
          onChange={({ target }) => target.value && change([...chosen, target.value])}
          onBlur={onBlur}
        >
          <option value="">{isError ? "The models could not be read" : promptFor(chosen.length, full)}</option>
          {KINDS.map(([kind, title]) => (
            <Options key={kind} title={title} models={left.filter(({ owned_by: owner }) => owner === kind)} />
          ))}
        </NativeSelect.Field>
        <NativeSelect.Indicator />
      </NativeSelect.Root>
    </Stack>
  );
}

function promptFor(count: number, full: boolean): string {
  if (full) return `${count} at most`;
  return count === 0 ? "Choose a model…" : "Compare with…";
}

function Options({ title, models }: { title: string; models: ModelEntry[] }) {
  if (models.length === 0) return null;
  return (
    <optgroup label={title}>
      {models.map(({ id }) => (
        <option key={id} value={id}>
          {id}
        </option>
      ))}
    </optgroup>
  );
}
