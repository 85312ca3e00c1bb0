import { Button, Flex, Input } from "@chakra-ui/react";
import { useRef, useState } from "react";

import { changesBetween } from "@/components/job-form/changes";
import { DifferencesCard } from "@/components/job-form/DifferencesCard";
import type { TextForm } from "@/components/job-form/TextTab";
import type { JobForm } from "@/components/job-form/use-job-form";
import { Segments } from "@/components/Segments";
import { defaultValues, type FormValues } from "@/components/schema-form/values";
import { useShortcut } from "@/lib/shortcuts";

export type View = "form" | TextForm;

const VIEWS: { value: View; label: string }[] = [
  { value: "form", label: "Form" },
  { value: "json", label: "JSON" },
  { value: "yaml", label: "YAML" },
  { value: "command", label: "Command" },
];

/** Another run that the form is compared with. */
export interface Origin {
  name: string;
  values: FormValues;
}

interface FormBarProps {
  job: JobForm;
  view: View;
  onView: (view: View) => void;
  sought: string;
  onSeek: (words: string) => void;
  onGo: (field: string) => void;
  origin?: Origin | undefined;
}

/** Over the fields: how they are seen, which are looked for, and what was changed. */
export function FormBar({ job, view, onView, sought, onSeek, onGo, origin }: FormBarProps) {
  const search = useRef<HTMLInputElement>(null);
  const [open, setOpen] = useState<"defaults" | "origin" | null>(null);
  useShortcut("/", "Search the settings", () => search.current?.focus(), view === "form");
  const { fields } = job.spec;
  const changed = changesBetween(fields, defaultValues(fields), job.values);
  const apart = origin ? changesBetween(fields, origin.values, job.values) : [];
  const isTouched = changesBetween(fields, job.start, job.values).length > 0;
  const toggle = (which: NonNullable<typeof open>) => setOpen(open === which ? null : which);
  const shown = open === "origin" ? { changes: apart, title: `Other than in ${origin?.name}` } : { changes: changed, title: "Other than the defaults" };
  return (
    <>
      <Flex align="center" gap="2" wrap="wrap">
        <Segments name="view" label="Settings as" options={VIEWS} value={view} onChange={(value) => onView(value as View)} />
        {view === "form" && (
          <Input
            ref={search}
            type="search"
            size="sm"
            w="auto"
            flex="1 1 9rem"
            maxW="16rem"
            bg="bg.panel"
            aria-label="Search the settings"
            placeholder="Search, e.g. lora"
            value={sought}
            onChange={(event) => onSeek(event.target.value)}
            onKeyDown={(event) => event.key === "Enter" && !event.ctrlKey && !event.metaKey && event.preventDefault()}
          />
        )}
        <Flex align="center" gap="1" ms="auto" wrap="wrap">
          {origin && (
            <Button size="sm" variant="ghost" aria-expanded={open === "origin"} onClick={() => toggle("origin")}>
              {apart.length} other than {origin.name}
            </Button>
          )}
          <Button size="sm" variant="ghost" aria-expanded={open === "defaults"} onClick={() => toggle("defaults")}>
            {changed.length} of {fields.length} changed
          </Button>
          {isTouched && (
            <Button size="sm" variant="ghost" title="The draft is kept in this browser until it is sent or discarded" onClick={job.discard}>
              Discard draft
            </Button>
          )}
        </Flex>
      </Flex>
      {open && <DifferencesCard {...shown} onGo={onGo} onReset={({ field, now }) => job.form.setValue(field.name, now, { shouldValidate: true })} />}
    </>
  );
}
