import { Input, NativeSelect, Stack } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { datasetAt, datasetsQuery } from "@/api/datasets";
import type { Dataset } from "@/api/types";
import type { ControlProps } from "@/components/schema-form/controls";
import { formatCounted } from "@/lib/format";

const ANOTHER = "\0another path";

/** A dataset of the data folder, or the path of any other file. */
export function DatasetControl({ field, value, onChange, onBlur, ref }: ControlProps) {
  const { data: datasets = [] } = useQuery(datasetsQuery);
  const [wantsPath, setWantsPath] = useState(false);
  const text = String(value);
  const listed = datasetAt(datasets, text);
  const typing = wantsPath || (text !== "" && listed === undefined);
  const choose = (choice: string) => {
    setWantsPath(choice === ANOTHER);
    onChange(choice === ANOTHER ? "" : choice);
  };
  return (
    <Stack w="full" gap="2">
      <NativeSelect.Root size="sm">
        <NativeSelect.Field
          ref={ref}
          name={field.name}
          bg="bg.panel"
          value={typing ? ANOTHER : (listed?.path ?? "")}
          onChange={(event) => choose(event.target.value)}
          onBlur={onBlur}
        >
          <option value="">{field.nullable ? "none" : "Choose a dataset…"}</option>
          {datasets.map((dataset) => (
            <option key={dataset.path} value={dataset.path}>
              {optionText(dataset)}
            </option>
          ))}
          <option value={ANOTHER}>Another path…</option>
        </NativeSelect.Field>
        <NativeSelect.Indicator />
      </NativeSelect.Root>
      {typing && (
        <Input
          id={`${field.name}-path`}
          aria-label={`Path of ${field.label}`}
          size="sm"
          bg="bg.panel"
          placeholder="data/my_examples.jsonl"
          value={text}
          onChange={(event) => onChange(event.target.value)}
          onBlur={onBlur}
        />
      )}
    </Stack>
  );
}

function optionText({ name, examples, format }: Dataset): string {
  return [name, examples !== null && formatCounted(examples, "example"), format].filter(Boolean).join(" · ");
}
