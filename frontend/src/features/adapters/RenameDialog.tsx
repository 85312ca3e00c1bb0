import { Button, Field, Input, Stack, Textarea } from "@chakra-ui/react";
import { type SyntheticEvent, useId, useState } from "react";

import { useChangeAdapter } from "@/api/adapters";
import { fieldErrors, toProblem } from "@/api/problem";
import type { Adapter } from "@/api/types";
import { Dialog } from "@/components/Dialog";
import { Refusals } from "@/components/Refusals";
import { toast } from "@/components/toasts";

interface RenameDialogProps {
  adapter: Adapter;
  onClose: () => void;
  onRenamed?: (name: string) => void;
}

/** Another name and description; the folder takes the name too, and what was merged from it follows. */
export function RenameDialog({ adapter, onClose, onRenamed }: RenameDialogProps) {
  const form = useId();
  const [name, setName] = useState(adapter.name);
  const [description, setDescription] = useState(adapter.description);
  const { mutateAsync, error, isPending } = useChangeAdapter(adapter.name);
  const faults = error && fieldErrors(toProblem(error), ["name", "description"]);
  const isSame = name === adapter.name && description === adapter.description;
  const save = async (event: SyntheticEvent) => {
    event.preventDefault();
    try {
      const changed = await mutateAsync({ name, description });
      toast({ title: `${changed.adapter.name} is saved` });
      onClose();
      if (changed.adapter.name !== adapter.name) onRenamed?.(changed.adapter.name);
    } catch {
      return; // told in the form
    }
  };
  const buttons = (
    <>
      <Button variant="outline" size="sm" onClick={onClose}>
        Cancel
      </Button>
      <Button type="submit" form={form} size="sm" disabled={isSame || name === ""} loading={isPending}>
        Save
      </Button>
    </>
  );
  return (
    <Dialog title={`Rename ${adapter.name}`} footer={buttons} onClose={onClose}>
      <form id={form} onSubmit={(event) => void save(event)}>
        <Stack gap="4">
          <Field.Root required invalid={faults?.fields.name !== undefined} gap="1">
            <Field.Label>Name</Field.Label>
            <Input size="sm" name="name" autoComplete="off" spellCheck={false} value={name} onChange={(event) => setName(event.target.value.trim())} />
            <Field.ErrorText>{faults?.fields.name}</Field.ErrorText>
            <Field.HelperText>Its folder takes the name too, and old links still lead to it.</Field.HelperText>
          </Field.Root>
          <Field.Root invalid={faults?.fields.description !== undefined} gap="1">
            <Field.Label>Description</Field.Label>
            <Textarea size="sm" name="description" rows={2} autoresize value={description} onChange={(event) => setDescription(event.target.value)} />
            <Field.ErrorText>{faults?.fields.description}</Field.ErrorText>
          </Field.Root>
          <Refusals sentences={faults?.general ?? []} />
        </Stack>
      </form>
    </Dialog>
  );
}
