import { Button, Field, Flex, Stack, Textarea } from "@chakra-ui/react";
import { useState } from "react";

import type { GeneratedRow } from "@/api/generation-types";
import { textsOf } from "@/components/rows/review";

interface RowEditorProps {
  row: GeneratedRow;
  number: number;
  busy: boolean;
  onSave: (input: string, output: string) => void;
  onClose: () => void;
}

/** A record as it should have been. */
export function RowEditor({ row, number, busy, onSave, onClose }: RowEditorProps) {
  const before = textsOf(row);
  const [input, setInput] = useState(before.input);
  const [output, setOutput] = useState(before.output);
  const unchanged = input === before.input && output === before.output;
  const empty = input.trim() === "" || output.trim() === "";
  return (
    <Stack gap="3">
      <Field.Root required>
        <Field.Label>Input of record {number}</Field.Label>
        <Textarea size="sm" autoFocus autoresize maxH="18rem" value={input} onChange={({ target }) => setInput(target.value)} />
      </Field.Root>
      <Field.Root required>
        <Field.Label>Output of record {number}</Field.Label>
        <Textarea size="sm" autoresize maxH="18rem" value={output} onChange={({ target }) => setOutput(target.value)} />
      </Field.Root>
      <Flex gap="2">
        <Button type="button" size="xs" disabled={unchanged || empty} loading={busy} onClick={() => onSave(input, output)}>
          Save
        </Button>
        <Button type="button" size="xs" variant="outline" onClick={onClose}>
          Cancel
        </Button>
      </Flex>
    </Stack>
  );
}
