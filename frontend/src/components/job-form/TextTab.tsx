import { Stack, Text, Textarea } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";

import { readParams, yamlQuery } from "@/api/configs";
import { toProblem } from "@/api/problem";
import type { Reading } from "@/api/types";
import { Card } from "@/components/Card";
import { CopyButton } from "@/components/CopyButton";
import { Leftover } from "@/components/job-form/Leftover";
import type { JobForm } from "@/components/job-form/use-job-form";
import { commandLine, typedParams } from "@/components/schema-form/command";
import { defaultValues, shownValues } from "@/components/schema-form/values";

export type TextForm = "json" | "yaml" | "command";

const LABELS: Record<TextForm, string> = { json: "Settings as JSON", yaml: "Settings as YAML", command: "Command for a terminal" };
const REST_MS = 500;
const NOTHING: Reading = { form: "yaml", values: {}, unknown: [], errors: [] };

/** The whole form as a text, in step with it both ways. */
export function TextTab({ job, form }: { job: JobForm; form: TextForm }) {
  const written = useWritten(job, form);
  const [typed, setTyped] = useState<string | null>(null);
  const { leftover, refusal, read } = useReading(job);
  const type = (text: string) => {
    setTyped(text);
    read(text);
  };
  const several = Object.keys(job.draft.vary);
  return (
    <Card title={LABELS[form]} aside={<CopyButton text={typed ?? written} label="Copy" />}>
      <Stack gap="3">
        <Textarea
          aria-label={LABELS[form]}
          fontFamily="mono"
          fontSize="12.5px"
          lineHeight="1.6"
          rows={14}
          spellCheck={false}
          autoCapitalize="off"
          value={typed ?? written}
          onChange={(event) => type(event.target.value)}
          onBlur={() => refusal === null && setTyped(null)}
        />
        {refusal && (
          <Text role="alert" color="fg.error">
            {refusal}
          </Text>
        )}
        {leftover && <Leftover reading={leftover} />}
        <Text color="fg.muted" textStyle="xs">
          What differs from the defaults. Change it here or paste another: YAML, JSON and commands are all understood.
          {several.length > 0 && ` Of several values (${several.join(", ")}) the first is shown.`}
        </Text>
      </Stack>
    </Card>
  );
}

function useWritten({ kind, spec, draft: { params } }: JobForm, form: TextForm): string {
  const { data: yaml = "" } = useQuery({ ...yamlQuery(kind.kind, params), enabled: form === "yaml" });
  if (form === "yaml") return yaml;
  return form === "json" ? JSON.stringify(params, null, 2) : commandLine(kind.program, typedParams(spec.fields, params));
}

/** Puts a text into the form when the typing rests, also when another view was chosen meanwhile. */
function useReading(job: JobForm) {
  const [found, setFound] = useState<{ leftover: Reading | null; refusal: string | null }>({ leftover: null, refusal: null });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const take = async (text: string) => {
    try {
      const reading = text.trim() === "" ? NOTHING : await readParams(job.kind.kind, text);
      job.fill({ ...job.form.getValues(), ...defaultValues(job.spec.fields), ...shownValues(job.spec.fields, reading.values) });
      setFound({ leftover: reading.unknown.length + reading.errors.length > 0 ? reading : null, refusal: null });
    } catch (error) {
      setFound({ leftover: null, refusal: toProblem(error).message });
    }
  };
  const read = (text: string) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void take(text), REST_MS);
  };
  return { ...found, read };
}
