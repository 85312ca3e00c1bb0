import { Box, Button, Field, Stack, Textarea } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { datasetsQuery, useAddRecord } from "@/api/datasets";
import type { Message, RecordAdded } from "@/api/types";
import { Dialog } from "@/components/Dialog";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Segments } from "@/components/Segments";
import { DatasetChoice, fileNameOf } from "@/features/playground/DatasetChoice";
import { ExchangeView } from "@/features/playground/ExchangeView";

const EXTENTS = [
  { value: "last", label: "This question and answer" },
  { value: "whole", label: "With all that was said before" },
];

interface AddToDatasetDialogProps {
  /** The conversation up to the answer, which comes last. */
  messages: Message[];
  onClose: () => void;
  onAdded: (added: RecordAdded) => void;
}

/** An exchange becomes something to learn from, with the answer as it should have been. */
export function AddToDatasetDialog({ messages, onClose, onAdded }: AddToDatasetDialogProps) {
  const { data: datasets = [] } = useQuery(datasetsQuery);
  const [answer, setAnswer] = useState(messages.at(-1)?.content ?? "");
  const [whole, setWhole] = useState(false);
  const [choice, setChoice] = useState<string | null>(null);
  const [newName, setNewName] = useState("playground");
  const adding = useAddRecord();
  const dataset = choice ?? fileNameOf(newName);
  const before = whole ? messages.slice(0, -1) : messages.slice(-2, -1);
  const add = () =>
    adding.mutate({ dataset, messages: [...before, { role: "assistant", content: answer }] }, { onSuccess: onAdded });
  const buttons = (
    <>
      <Button variant="outline" size="sm" onClick={onClose}>
        Cancel
      </Button>
      <Button size="sm" loading={adding.isPending} disabled={answer.trim() === "" || dataset === ""} onClick={add}>
        Add
      </Button>
    </>
  );
  return (
    <Dialog title="Add to a dataset" size="lg" footer={buttons} onClose={onClose}>
      <Stack gap="4">
        {messages.length > 2 && (
          <Box>
            <Segments
              name="extent"
              label="How much to add"
              options={EXTENTS}
              value={whole ? "whole" : "last"}
              onChange={(value) => setWhole(value === "whole")}
            />
          </Box>
        )}
        <ExchangeView messages={before} />
        <Field.Root required>
          <Field.Label>Answer</Field.Label>
          <Textarea autoresize maxH="18rem" value={answer} onChange={(event) => setAnswer(event.target.value)} />
          <Field.HelperText>Correct it here; the model learns it as it stands.</Field.HelperText>
        </Field.Root>
        <DatasetChoice datasets={datasets} choice={choice} onChoose={setChoice} newName={newName} onName={setNewName} />
        {adding.isError && <ErrorNotice title="It was not added" error={adding.error} />}
      </Stack>
    </Dialog>
  );
}
