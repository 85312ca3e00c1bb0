import { useEffect, useMemo, useState } from "react";
import { useForm, type UseFormReturn, useWatch } from "react-hook-form";
import { useLocation } from "react-router";

import type { JobKind, JsonObject } from "@/api/types";
import { changesBetween, meansTheSame } from "@/components/job-form/changes";
import { forgetDraft, keepDraft, restoreDraft } from "@/components/job-form/draft";
import { inAddress } from "@/components/job-form/in-address";
import { type FormSpec, formSpec, withoutFields } from "@/components/schema-form/form-spec";
import { defaultValues, type FormValues, shownValues, type Submission, submission } from "@/components/schema-form/values";
import { toast } from "@/components/toasts";

/** The form of a kind with everything that is known of its contents. */
export interface JobForm {
  kind: JobKind;
  /** What is drawn. */
  spec: FormSpec;
  form: UseFormReturn<FormValues>;
  values: FormValues;
  /** What would be sent. */
  draft: Submission;
  /** What the page began with: the defaults, with what a link or another run gave. */
  start: FormValues;
  /** The fields that a person typed into, since something else filled them in. */
  typed: ReadonlySet<string>;
  /** Puts values into the form, as typed by nobody, and returns what takes them back. */
  fill: (values: FormValues) => () => void;
  /** What has become of the form since the draft was typed. */
  news: string[];
  /** Forgets everything that was filled in; it can be had back. */
  discard: () => void;
  /** The form was sent: nothing of it has to be kept. */
  forget: () => void;
}

interface Beginning {
  /** Values to start from instead of the defaults. */
  start?: JsonObject | undefined;
  /** Fields that mean nothing now. */
  hidden?: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

export function useJobForm(kind: JobKind, { start: given, hidden = NONE }: Beginning = {}): JobForm {
  const { search } = useLocation();
  const whole = useMemo(() => formSpec(kind.schema, kind.groups), [kind]);
  const spec = useMemo(() => withoutFields(whole, hidden), [whole, hidden]);
  const [start] = useState<FormValues>(() => ({ ...defaultValues(whole.fields), ...shownValues(whole.fields, given), ...inAddress(whole.fields, search) }));
  const [restored] = useState(() => restoreDraft(kind.kind, search, whole.fields));
  const [base, setBase] = useState<FormValues>(() => (restored ? { ...defaultValues(whole.fields), ...restored.base } : start));
  const form = useForm<FormValues>({
    mode: "onTouched",
    shouldFocusError: false,
    defaultValues: restored ? { ...defaultValues(whole.fields), ...restored.values } : start,
  });
  const values = useWatch({ control: form.control }) as FormValues;
  const draft = useMemo(() => submission(spec.fields, values), [spec, values]);
  const typed = useMemo(
    () => new Set(whole.fields.filter((field) => !meansTheSame(field, values[field.name], base[field.name])).map(({ name }) => name)),
    [whole, values, base],
  );
  const forget = () => forgetDraft(kind.kind, search);
  useEffect(() => {
    if (changesBetween(whole.fields, start, values).length === 0) forgetDraft(kind.kind, search);
    else keepDraft(kind.kind, search, whole.fields, values, base);
  }, [kind, search, whole, start, values, base]);

  const put = (next: FormValues, nextBase: FormValues) => {
    form.reset(next);
    setBase(nextBase);
  };
  const fill = (next: FormValues) => {
    const now = form.getValues();
    const kept = Object.fromEntries([...typed].filter((name) => now[name] === next[name]).map((name) => [name, base[name] ?? ""]));
    put(next, { ...next, ...kept });
    return () => put(now, base);
  };
  const discard = () => {
    const undo = fill(start);
    setBase(start);
    toast({ title: "Draft discarded", tone: "info", key: "draft", action: { label: "Undo", onSelect: undo } });
  };
  return { kind, spec, form, values, draft, start, typed, fill, news: restored?.news ?? [], discard, forget };
}
