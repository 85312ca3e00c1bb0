import { Button, Field, Input, Stack } from "@chakra-ui/react";
import { type SyntheticEvent, useId, useState } from "react";

import { useImportAdapter } from "@/api/adapters";
import { fieldErrors, toProblem } from "@/api/problem";
import { Dialog } from "@/components/Dialog";
import { Refusals } from "@/components/Refusals";
import { toast } from "@/components/toasts";

const FIELDS = ["name", "base_model_name"];

/** A zip file of the folder that LLaMA-Factory, Axolotl, Unsloth or PEFT has saved, and what it is called here. */
export default function ImportDialog({ onClose }: { onClose: () => void }) {
  const form = useId();
  const [file, setFile] = useState<File | null>(null);
  const [name, setName] = useState("");
  const [base, setBase] = useState("");
  const { mutateAsync, error, isPending } = useImportAdapter();
  const faults = error && fieldErrors(toProblem(error), FIELDS);
  const choose = (chosen: File | null) => {
    setFile(chosen);
    if (chosen && name === "") setName(nameOf(chosen));
  };
  const send = async (event: SyntheticEvent) => {
    event.preventDefault();
    if (!file) return;
    try {
      const { adapter, notes } = await mutateAsync({ file, name, base });
      toast({ title: `${adapter.name} is here`, description: notes.join(" ") || `An adapter on ${adapter.base_model}.` });
      onClose();
    } catch {
      return; // told in the form
    }
  };
  const buttons = (
    <>
      <Button variant="outline" size="sm" onClick={onClose}>
        Cancel
      </Button>
      <Button type="submit" form={form} size="sm" disabled={!file || name === ""} loading={isPending}>
        Import
      </Button>
    </>
  );
  return (
    <Dialog title="Import an adapter" footer={buttons} onClose={onClose}>
      <form id={form} onSubmit={(event) => void send(event)}>
        <Stack gap="4">
          <Field.Root gap="1">
            <Field.Label>Zip file</Field.Label>
            <Input size="sm" type="file" accept=".zip" p="1" onChange={(event) => choose(event.target.files?.[0] ?? null)} />
            <Field.HelperText>Of the folder that LLaMA-Factory, Axolotl, Unsloth or PEFT has saved; weights as safetensors.</Field.HelperText>
          </Field.Root>
          <Field.Root required invalid={faults?.fields.name !== undefined} gap="1">
            <Field.Label>Name</Field.Label>
            <Input size="sm" autoComplete="off" spellCheck={false} value={name} onChange={(event) => setName(event.target.value.trim())} />
            <Field.ErrorText>{faults?.fields.name}</Field.ErrorText>
          </Field.Root>
          <Field.Root invalid={faults?.fields.base_model_name !== undefined} gap="1">
            <Field.Label>Base model</Field.Label>
            <Input size="sm" autoComplete="off" spellCheck={false} placeholder="as its files say" value={base} onChange={(event) => setBase(event.target.value.trim())} />
            <Field.ErrorText>{faults?.fields.base_model_name}</Field.ErrorText>
          </Field.Root>
          <Refusals sentences={faults?.general ?? []} />
        </Stack>
      </form>
    </Dialog>
  );
}

/** What a name here may be, of a file's name. */
function nameOf(file: File): string {
  return file.name
    .replace(/\.zip$/i, "")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 96);
}
