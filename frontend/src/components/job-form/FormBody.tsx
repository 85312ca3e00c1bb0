import { Box, Text } from "@chakra-ui/react";
import { useState } from "react";

import { FormBar, type Origin, type View } from "@/components/job-form/FormBar";
import { Leftover } from "@/components/job-form/Leftover";
import type { Pasting } from "@/components/job-form/pasting";
import { TextTab } from "@/components/job-form/TextTab";
import type { JobForm } from "@/components/job-form/use-job-form";
import { Notice } from "@/components/Notice";
import type { Control } from "@/components/schema-form/controls";
import type { FieldSpec } from "@/components/schema-form/form-spec";
import { SchemaForm } from "@/components/schema-form/SchemaForm";

export interface Looking {
  view: View;
  sought: string;
  show: (view: View) => void;
  seek: (words: string) => void;
  /** Brings every field in sight, for one that needs to be seen. */
  reveal: () => void;
}

/** How the fields are looked at. */
export function useLooking(): Looking {
  const [view, show] = useState<View>("form");
  const [sought, seek] = useState("");
  const reveal = () => {
    show("form");
    seek("");
  };
  return { view, sought, show, seek, reveal };
}

interface FormBodyProps {
  job: JobForm;
  looking: Looking;
  pasting: Pasting;
  widgets: Record<string, Control>;
  origin?: Origin | undefined;
  sweepable?: (field: FieldSpec) => boolean;
}

/** The fields of a job, or the same as a text. */
export function FormBody({ job, looking, pasting, widgets, origin, sweepable }: FormBodyProps) {
  const { view, sought, show, seek, reveal } = looking;
  const go = (field: string) => {
    reveal();
    requestAnimationFrame(() => goTo(job, field));
  };
  return (
    <>
      <FormBar job={job} view={view} onView={show} sought={sought} onSeek={seek} onGo={go} origin={origin} />
      {job.news.length > 0 && (
        <Notice tone="info" title="The form has changed since this draft was typed">
          {job.news.map((sentence) => (
            <Text key={sentence}>{sentence}</Text>
          ))}
        </Notice>
      )}
      {pasting.leftover && <Leftover reading={pasting.leftover} onDismiss={pasting.dismiss} />}
      {view !== "form" && <TextTab key={view} job={job} form={view} />}
      <Box hidden={view !== "form"}>
        <SchemaForm spec={job.spec} form={job.form} widgets={widgets} sought={sought} sweepable={sweepable} />
      </Box>
    </>
  );
}

/** Focuses a field; in a fold it is opened first. */
export function goTo({ form }: JobForm, field: string): void {
  document.querySelector<HTMLElement>(`[hidden] [name="${field}"]`)?.closest("[hidden]")?.parentElement?.querySelector<HTMLElement>("[aria-expanded=false]")?.click();
  requestAnimationFrame(() => form.setFocus(field));
}
