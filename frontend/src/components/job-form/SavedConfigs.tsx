import { Button, chakra, Flex, Input, NativeSelect } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { Download, Save, Trash2, Upload } from "lucide-react";
import { useRef, useState } from "react";

import { configsQuery, fetchConfig, readParams, useConfigChanges } from "@/api/configs";
import { toProblem } from "@/api/problem";
import { type MenuItem, ActionMenu } from "@/components/ActionMenu";
import type { Proposal } from "@/components/job-form/PresetBar";
import type { JobForm } from "@/components/job-form/use-job-form";
import { toast } from "@/components/toasts";
import { saveFile } from "@/lib/save-file";

interface SavedConfigsProps {
  job: JobForm;
  onPropose: (proposal: Proposal) => void;
}

/** Configurations with names: saved on the service as YAML that `--config` takes too; loaded, taken along and brought back. */
export function SavedConfigs({ job, onPropose }: SavedConfigsProps) {
  const kind = job.kind.kind;
  const { data: configs = [] } = useQuery(configsQuery(kind));
  const { remove } = useConfigChanges(kind);
  const [naming, setNaming] = useState(false);
  const [chosen, setChosen] = useState("");
  const file = useRef<HTMLInputElement>(null);
  const load = (name: string) => {
    setChosen(name);
    if (name) void attempt(async () => onPropose({ title: name, ...proposalOf((await fetchConfig(kind, name)).reading) }));
  };
  const upload = ([given]: FileList) => {
    if (given) void attempt(async () => onPropose({ title: given.name, ...proposalOf(await readParams(kind, await given.text())) }));
  };
  const download = () => attempt(async () => saveFile(`${chosen}.yaml`, (await fetchConfig(kind, chosen)).yaml, "application/yaml"));
  const drop = () =>
    attempt(async () => {
      const { reading } = await fetchConfig(kind, chosen);
      await remove.mutateAsync(chosen);
      setChosen("");
      toast({ title: `${chosen} deleted`, tone: "info", action: { label: "Undo", onSelect: () => void restore(chosen, reading.values) } });
    });
  const { save } = useConfigChanges(kind);
  const restore = (name: string, params: JobForm["draft"]["params"]) => attempt(() => save.mutateAsync({ name, params }));
  const ofChosen: MenuItem[] = [
    { label: "Download as YAML", icon: Download, onSelect: () => void download() },
    { label: "Delete", icon: Trash2, tone: "danger", onSelect: () => void drop() },
  ];
  const items: MenuItem[] = [{ label: "From a file…", icon: Upload, onSelect: () => file.current?.click() }, ...(chosen ? ofChosen : [])];
  return (
    <Flex align="center" gap="1" ms={{ md: "auto" }} wrap="wrap">
      {configs.length > 0 && (
        <NativeSelect.Root size="sm" w="11rem">
          <NativeSelect.Field bg="bg.panel" aria-label="Saved configurations" value={chosen} onChange={(event) => load(event.target.value)}>
            <option value="">Saved…</option>
            {configs.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </NativeSelect.Field>
          <NativeSelect.Indicator />
        </NativeSelect.Root>
      )}
      <Button size="sm" variant="ghost" aria-expanded={naming} onClick={() => setNaming(!naming)}>
        <Save aria-hidden />
        Save
      </Button>
      <ActionMenu label="More about saved configurations" items={items} />
      <FileInput ref={file} type="file" accept=".yaml,.yml,.json,.txt,.sh" aria-label="A configuration from a file" tabIndex={-1} onChange={(event) => event.target.files && upload(event.target.files)} />
      {naming && <Naming job={job} known={configs.map(({ name }) => name)} first={chosen} onSaved={(name) => (setChosen(name), setNaming(false))} />}
    </Flex>
  );
}

const FileInput = chakra("input", { base: { position: "absolute", w: "1px", h: "1px", opacity: 0, pointerEvents: "none" } });

interface NamingProps {
  job: JobForm;
  known: string[];
  first: string;
  onSaved: (name: string) => void;
}

function Naming({ job, known, first, onSaved }: NamingProps) {
  const { save } = useConfigChanges(job.kind.kind);
  const [name, setName] = useState(first || String(job.values.adapter_name ?? "") || "");
  const put = () =>
    attempt(async () => {
      const { path } = await save.mutateAsync({ name, params: job.draft.params });
      onSaved(name);
      toast({ title: `Saved as ${name}`, description: `On the command line: --config ${path}` });
    });
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
    event.preventDefault(); // it stands in the form, which Enter would send
    void put();
  };
  return (
    <Flex gap="1" w="full" justify={{ md: "flex-end" }}>
      <Input size="sm" w="14rem" autoFocus aria-label="Name of the configuration" placeholder="a-name" value={name} onChange={(event) => setName(event.target.value)} onKeyDown={onKeyDown} />
      <Button size="sm" variant="outline" disabled={name === ""} loading={save.isPending} onClick={() => void put()}>
        {known.includes(name) ? "Replace" : "Save"}
      </Button>
    </Flex>
  );
}

function proposalOf({ values, unknown, errors }: Awaited<ReturnType<typeof readParams>>): Omit<Proposal, "title"> {
  const left = [...unknown, ...errors.map(({ name }) => name)];
  return { values, ...(left.length > 0 && { description: `Left out: ${left.join(", ")}.` }) };
}

async function attempt(action: () => unknown): Promise<void> {
  try {
    await action();
  } catch (error) {
    toast({ title: "That did not work", description: toProblem(error).message, tone: "error" });
  }
}
