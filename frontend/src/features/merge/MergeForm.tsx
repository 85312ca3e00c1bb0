import { Box } from "@chakra-ui/react";
import { useEffect, useMemo, useRef } from "react";
import type { UseFormReturn } from "react-hook-form";

import type { Adapter, JobKind, JsonObject } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { CommandCard } from "@/components/job-form/CommandCard";
import { FormBody, useLooking } from "@/components/job-form/FormBody";
import { FormLayout } from "@/components/job-form/FormLayout";
import { ModelControl } from "@/components/job-form/ModelControl";
import { usePasting } from "@/components/job-form/pasting";
import { PresetBar } from "@/components/job-form/PresetBar";
import { StartCard } from "@/components/job-form/StartCard";
import { useJobForm } from "@/components/job-form/use-job-form";
import { useStart } from "@/components/job-form/use-start";
import { typedParams } from "@/components/schema-form/command";
import type { Control } from "@/components/schema-form/controls";
import { OptionsControl } from "@/components/schema-form/OptionsControl";
import type { FormValues } from "@/components/schema-form/values";
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
  const job = useJobForm(kind, { start });
  const { spec, form, values, draft } = job;
  const looking = useLooking();
  const pasting = usePasting(job);
  const chosen = useMemo(() => parseChoice(String(values[ADAPTERS])), [values]);
  const comparing = useComparison(chosen, draft.params);
  const report = useRef<HTMLDivElement>(null);
  const misfit = comparing.error?.status === REFUSED;
  const starting = useStart(job, { reveal: looking.reveal });
  useSuggestedName(form, chosen.length === 0 ? "" : suggestName(chosen, adapters.map(({ name }) => name)));
  return (
    <FormLayout
      onSubmit={(event) => void starting.submit(event)}
      onPaste={pasting.onPaste}
      asideLabel="What this merge will be"
      aside={
        <>
          <StartCard
            action="Start the merge"
            objection={objectionTo(chosen, values[INTO_BASE] === true) ?? (misfit ? "These adapters do not fit together" : null)}
            job={job}
            refusal={null}
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
      <PresetBar job={job} keep={[ADAPTERS, FOLDER]} />
      <FormBody job={job} looking={looking} pasting={pasting} widgets={WIDGETS} />
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
