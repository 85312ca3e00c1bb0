import { NativeSelect, Stack } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";

import { modelsQuery } from "@/api/models";
import { ChosenList } from "@/components/job-form/ChosenList";
import { listed } from "@/components/job-form/listed";
import { ModelOptions } from "@/components/ModelOptions";
import type { ControlProps } from "@/components/schema-form/controls";

/** Which models, in an order that means something: the first is what the others are compared with. */
export function ModelsControl(props: ControlProps) {
  const { field, onBlur, ref } = props;
  const { data: known = [], isError } = useQuery(modelsQuery);
  const { chosen, change, full } = listed(props);
  // What a model server answers with is not on this machine, where the job runs.
  const left = known.filter(({ id, owned_by: owner }) => owner !== "server" && !chosen.includes(id));
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
          <ModelOptions models={left} />
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
