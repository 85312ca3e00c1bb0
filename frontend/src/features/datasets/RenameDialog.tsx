import { Field, Input } from "@chakra-ui/react";
import { useState } from "react";

import { useRename } from "@/api/dataset-changes";
import type { Dataset } from "@/api/types";
import { FormDialog } from "@/features/datasets/FormDialog";

interface RenameDialogProps {
  dataset: Dataset;
  onClose: () => void;
  onRenamed: ((name: string) => void) | undefined;
}

/** Another name with the same ending. */
export default function RenameDialog({ dataset, onClose, onRenamed }: RenameDialogProps) {
  const dot = dataset.name.lastIndexOf(".");
  const [stem, setStem] = useState(dataset.name.slice(0, dot));
  const ending = dataset.name.slice(dot);
  const renaming = useRename();
  const submit = () =>
    renaming.mutate(
      { seen: dataset, to: `${stem.trim()}${ending}` },
      {
        onSuccess: ({ name }) => {
          onClose();
          onRenamed?.(name);
        },
      },
    );
  const unchanged = stem.trim() === "" || `${stem.trim()}${ending}` === dataset.name;
  return (
    <FormDialog title={`Rename ${dataset.name}`} action="Rename" disabled={unchanged} busy={renaming.isPending} error={renaming.error} onSubmit={submit} onClose={onClose}>
      <Field.Root required>
        <Field.Label>Name, before {ending}</Field.Label>
        <Input size="sm" autoFocus value={stem} onChange={({ target }) => setStem(target.value)} />
        <Field.HelperText>Runs that have learnt from it keep the name it had.</Field.HelperText>
      </Field.Root>
    </FormDialog>
  );
}
