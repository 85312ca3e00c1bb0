import { Box } from "@chakra-ui/react";
import { useEffect, useMemo, useRef } from "react";
import { useForm, type UseFormReturn, useWatch } from "react-hook-form";

import type { Adapter, JobKind, JsonObject } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { CommandCard } from "@/components/job-form/CommandCard";
import { FormLayout } from "@/components/job-form/FormLayout";
import { ModelControl } from "@/components/job-form/ModelControl";
import { PresetBar } from "@/components/job-form/PresetBar";
import { StartCard } from "@/components/job-form/StartCard";
import { useStart } from "@/components/job-form/use-start";
import { typedParams } from "@/components/schema-form/command";
import type { Control } from "@/components/schema-form/controls";
import { formSpec } from "@/components/schema-form/form-spec";
import { OptionsControl } from "@/components/schema-form/OptionsControl";
import { SchemaForm } from "@/components/schema-form/SchemaForm";
import { defaultValues, type FormValues, shownValues, submission } from "@/components/schema-form/values";
import { AdaptersControl } from "@/features/merge/AdaptersControl";
import { AdviceCard } from "@/features/merge/AdviceCard";
import { objectionTo, parseChoice, suggestName } from "@/features/merge/choice";
import { ReportCard } from "@/features/merge/ReportCard";
import { useComparison } from "@/features/merge/use-comparison";

const WIDGETS: Record<string, Control> = { adapter: AdaptersControl, options: OptionsControl, model: ModelControl };
const REFUSED = 422;
const [ADAPTERS, FOLDER, METHOD, INTO_BASE] = ["adapters", "output_dir", "method", "into_base"];

interface MergeFormProps {
  kind: JobKind;
  /** What the registry has. */
  adapters: Adapter[];
  /** Values to start from instead of the defaults. */
  start: JsonObject | undefined;
}

/** What is merged and how on the left, what to think of it on the right, and below how the adapters relate. */
export function MergeForm({ kind, adapters, start }: MergeFormProps) {
  const spec = useMemo(() => formSpec(kind.schema, kind.groups), [kind]);
  const form = useForm<FormValues>({
    mode: "onTouched",
    shouldFocusError: false,
    defaultValues: { ...defaultValues(spec.fields), ...shownValues(spec.fields, start) },
  });
  const values = useWatch({ control: form.control }) as FormValues;
  const draft = useMemo(() => submission(spec.fields, values), [spec, values]);
  const chosen = useMemo(() => parseChoice(String(values[ADAPTERS])), [values]);
  const comparing = useComparison(chosen, draft.params);
  const report = useRef<HTMLDivElement>(null);
  const misfit = comparing.error?.status === REFUSED;
  const starting = useStart(kind, spec, form);
  useSuggestedName(form, chosen.length === 0 ? "" : suggestName(chosen, adapters.map(({ name }) => name)));
  return (
    <FormLayout
      onSubmit={(event) => void starting.submit(event)}
      asideLabel="What this merge will be"
      aside={
        <>
          <StartCard
            action="Start the merge"
            objection={objectionTo(chosen, values[INTO_BASE] === true) ?? (misfit ? "These adapters do not fit together" : null)}
            spec={spec}
            draft={draft}
            values={values}
            refusal={null}
            marked={form.formState.errors}
            starting={starting}
          />
          {comparing.error && (
            <ErrorNotice
              title={misfit ? "These adapters do not fit together" : "The adapters could not be compared"}
              error={comparing.error}
              onRetry={misfit ? undefined : comparing.retry}
            />
          )}
          {comparing.comparison && (
            <AdviceCard
              comparison={comparing.comparison}
              method={String(values[METHOD])}
              onLook={() => report.current?.scrollIntoView({ behavior: "smooth" })}
              onTake={(method) => form.setValue(METHOD, method, { shouldValidate: true })}
            />
          )}
          {chosen.length > 0 && <CommandCard program={kind.program} params={typedParams(spec.fields, draft.params)} />}
        </>
      }
      below={
        <Box ref={report} mt="5" scrollMarginTop={{ base: "16", md: "6" }} hidden={comparing.error !== null}>
          <ReportCard state={comparing} />
        </Box>
      }
    >
      <PresetBar presets={kind.presets} spec={spec} form={form} keep={[ADAPTERS, FOLDER]} />
      <SchemaForm spec={spec} form={form} widgets={WIDGETS} />
    </FormLayout>
  );
}

/** Puts a name for the result into its field, until somebody types another. */
function useSuggestedName(form: UseFormReturn<FormValues>, suggestion: string): void {
  const last = useRef("");
  useEffect(() => {
    const now = form.getValues(FOLDER);
    if (now !== "" && now !== last.current) return;
    last.current = suggestion;
    form.setValue(FOLDER, suggestion, { shouldValidate: form.formState.touchedFields[FOLDER] === true });
  }, [form, suggestion]);
}
