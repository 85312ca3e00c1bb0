import { NativeSelect, Stack } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";

import { datasetsQuery } from "@/api/datasets";
import { listed } from "@/components/job-form/listed";
import { CONTROLS, type ControlProps } from "@/components/schema-form/controls";

/** Several files: their paths as they are typed, and the datasets that are there to add to them. */
export function DatasetsControl(props: ControlProps) {
  const { field } = props;
  const { data: datasets = [] } = useQuery(datasetsQuery);
  const { chosen, change, full } = listed(props);
  const left = datasets.filter(({ path }) => !chosen.includes(path));
  return (
    <Stack w="full" gap="2">
      <CONTROLS.list {...props} />
      <NativeSelect.Root size="sm" disabled={full || left.length === 0}>
        <NativeSelect.Field
          // Not the field's own: its label belongs to the text above.
          id={`${field.name}-add`}
          aria-label={`Add a dataset to ${field.label}`}
          bg="bg.panel"
          value=""
          onChange={({ target }) => target.value && change([...chosen, target.value])}
        >
          <option value="">{left.length === 0 ? "No other dataset is there" : "Add a dataset…"}</option>
          {left.map(({ path, name }) => (
            <option key={path} value={path}>
              {name}
            </option>
          ))}
        </NativeSelect.Field>
        <NativeSelect.Indicator />
      </NativeSelect.Root>
    </Stack>
  );
}
