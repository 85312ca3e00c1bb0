import { Field, Textarea } from "@chakra-ui/react";
import { useState } from "react";

import { type Seen, useReplaceRecord } from "@/api/dataset-changes";
import type { JsonObject } from "@/api/types";
import { Segments } from "@/components/Segments";
import { FormDialog } from "@/features/datasets/FormDialog";
import { parsedRecord, type TextField, textFields, withTexts } from "@/features/datasets/record-fields";
import { useChangeToast } from "@/features/datasets/use-undo";

const WAYS = [
  { value: "texts", label: "Texts" },
  { value: "json", label: "JSON" },
];

interface EditDialogProps {
  seen: Seen;
  index: number;
  raw: unknown;
  onClose: () => void;
}

/** A record as it should have been: its texts, or the whole of it as JSON. */
export default function EditDialog({ seen, index, raw, onClose }: EditDialogProps) {
  const [text, setText] = useState(() => JSON.stringify(raw, null, 2));
  const parsed = parsedRecord(text);
  const record = "record" in parsed ? parsed.record : null;
  const fields = record ? textFields(record) : [];
  const [way, setWay] = useState(fields.length > 0 ? "texts" : "json");
  const replacing = useReplaceRecord();
  const changed = useChangeToast();
  const save = (whole: JsonObject) =>
    replacing.mutate(
      { seen, index, record: whole },
      {
        onSuccess: ({ undo }) => {
          onClose();
          changed(`Record ${index} is changed`, undo);
        },
      },
    );
  const change = (field: TextField, value: string) => record && setText(JSON.stringify(withTexts(record, [{ ...field, value }]), null, 2));
  return (
    <FormDialog title={`Record ${index}`} action="Save" size="xl" disabled={!record} busy={replacing.isPending} error={replacing.error} onSubmit={() => record && save(record)} onClose={onClose}>
      {fields.length > 0 && (
        <div>
          <Segments name="edit-way" label="How to edit" options={WAYS} value={way} onChange={setWay} />
        </div>
      )}
      {way === "json" || fields.length === 0 ? (
        <JsonField text={text} problem={"problem" in parsed ? parsed.problem : ""} onChange={setText} />
      ) : (
        fields.map((field) => (
          <Field.Root key={field.path.join(".")}>
            <Field.Label>{field.label}</Field.Label>
            <Textarea size="sm" autoresize maxH="18rem" value={field.value} onChange={({ target }) => change(field, target.value)} />
          </Field.Root>
        ))
      )}
    </FormDialog>
  );
}

function JsonField({ text, problem, onChange }: { text: string; problem: string; onChange: (text: string) => void }) {
  return (
    <Field.Root invalid={problem !== ""}>
      <Field.Label>The whole record as JSON</Field.Label>
      <Textarea fontFamily="mono" fontSize="12px" autoresize minH="12rem" maxH="28rem" spellCheck={false} value={text} onChange={({ target }) => onChange(target.value)} />
      <Field.ErrorText>{problem}</Field.ErrorText>
    </Field.Root>
  );
}
