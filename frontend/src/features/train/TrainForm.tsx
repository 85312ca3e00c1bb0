import { useMemo } from "react";
import { useForm, useWatch } from "react-hook-form";

import type { Estimate, JobKind, JsonObject } from "@/api/types";
import { CommandCard } from "@/components/job-form/CommandCard";
import { DatasetControl } from "@/components/job-form/DatasetControl";
import { FormLayout } from "@/components/job-form/FormLayout";
import { ModelControl } from "@/components/job-form/ModelControl";
import { PresetBar } from "@/components/job-form/PresetBar";
import { StartCard } from "@/components/job-form/StartCard";
import { useEstimate } from "@/components/job-form/use-estimate";
import { useStart } from "@/components/job-form/use-start";
import type { Control } from "@/components/schema-form/controls";
import { formSpec } from "@/components/schema-form/form-spec";
import { SchemaForm } from "@/components/schema-form/SchemaForm";
import { defaultValues, type FormValues, shownValues, submission } from "@/components/schema-form/values";
import { DatasetPreviewCard } from "@/features/train/DatasetPreviewCard";
import { EstimateCard } from "@/features/train/EstimateCard";

const WIDGETS: Record<string, Control> = { dataset: DatasetControl, model: ModelControl };

interface TrainFormProps {
  kind: JobKind;
  /** Values to start from instead of the defaults. */
  start: JsonObject | undefined;
}

/** The form on the left; what it means on the right, in step with every change. */
export function TrainForm({ kind, start }: TrainFormProps) {
  const spec = useMemo(() => formSpec(kind.schema, kind.groups), [kind]);
  const form = useForm<FormValues>({
    mode: "onTouched",
    shouldFocusError: false,
    defaultValues: { ...defaultValues(spec.fields), ...shownValues(spec.fields, start) },
  });
  const values = useWatch({ control: form.control }) as FormValues;
  const draft = useMemo(() => submission(spec.fields, values), [spec, values]);
  const estimate = useEstimate<Estimate>("/estimate", draft);
  const starting = useStart(kind, spec, form);
  return (
    <FormLayout
      onSubmit={(event) => void starting.submit(event)}
      asideLabel="What this run will be"
      aside={
        <>
          <StartCard
            action="Start training"
            spec={spec}
            draft={draft}
            values={values}
            refusal={estimate.error}
            marked={form.formState.errors}
            starting={starting}
          />
          <EstimateCard estimate={estimate} />
          <DatasetPreviewCard dataset={draft.params.dataset_path} template={draft.params.prompt_template} />
          <CommandCard program={kind.program} params={draft.params} />
        </>
      }
    >
      <PresetBar presets={kind.presets} spec={spec} form={form} />
      <SchemaForm spec={spec} form={form} widgets={WIDGETS} />
    </FormLayout>
  );
}
