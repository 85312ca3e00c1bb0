import { Input, Stack } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { useId } from "react";

import { jobKindsQuery } from "@/api/job-kinds";
import { baseModelsQuery } from "@/api/models";
import { ModelWhereabouts } from "@/components/job-form/ModelWhereabouts";
import type { ControlProps } from "@/components/schema-form/controls";
import { shown } from "@/components/schema-form/values";

/** Any model's name; suggested are those on this machine, the default and those of the presets. */
export function ModelControl({ field, value, onChange, onBlur, ref }: ControlProps) {
  const listId = useId();
  const { data: kinds = [] } = useQuery(jobKindsQuery);
  const { data: bases } = useQuery(baseModelsQuery);
  const named = kinds.flatMap((kind) => kind.presets.map((preset) => preset.values[field.name]));
  const here = bases?.models.map(({ name }) => name) ?? [];
  const suggestions = new Set([field.default, ...here, ...named].map((model) => String(shown(field, model))).filter(Boolean));
  return (
    <Stack w="full" gap="1">
      <Input
        ref={ref}
        name={field.name}
        size="sm"
        bg="bg.panel"
        list={listId}
        autoComplete="off"
        spellCheck={false}
        value={String(value)}
        onChange={(event) => onChange(event.target.value)}
        onBlur={onBlur}
      />
      <datalist id={listId}>
        {[...suggestions].map((model) => (
          <option key={model} value={model} />
        ))}
      </datalist>
      {bases && <ModelWhereabouts model={String(value).trim()} bases={bases} />}
    </Stack>
  );
}
