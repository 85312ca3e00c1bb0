import { useMemo } from "react";

import type { Estimate, JobKind, JsonObject } from "@/api/types";
import { DatasetControl } from "@/components/job-form/DatasetControl";
import { FormBody, useLooking } from "@/components/job-form/FormBody";
import { FormLayout } from "@/components/job-form/FormLayout";
import { ModelControl } from "@/components/job-form/ModelControl";
import { usePasting } from "@/components/job-form/pasting";
import { PresetBar } from "@/components/job-form/PresetBar";
import { StartCard } from "@/components/job-form/StartCard";
import { useEstimate } from "@/components/job-form/use-estimate";
import { useJobForm } from "@/components/job-form/use-job-form";
import { useStart } from "@/components/job-form/use-start";
import type { Control } from "@/components/schema-form/controls";
import type { FieldSpec } from "@/components/schema-form/form-spec";
import { defaultValues, shownValues } from "@/components/schema-form/values";
import { DatasetPreviewCard } from "@/features/train/DatasetPreviewCard";
import { EstimateCard } from "@/features/train/EstimateCard";

const WIDGETS: Record<string, Control> = { dataset: DatasetControl, model: ModelControl };

/** Another run whose settings the form began with. */
export interface OriginRun {
  name: string;
  params: JsonObject;
}

interface TrainFormProps {
  kind: JobKind;
  /** Values to start from instead of the defaults. */
  start: JsonObject | undefined;
  origin: OriginRun | undefined;
}

/** The form on the left; what it means on the right, in step with every change. */
export function TrainForm({ kind, start, origin }: TrainFormProps) {
  const job = useJobForm(kind, { start });
  const { spec, draft } = job;
  const looking = useLooking();
  const pasting = usePasting(job);
  const estimate = useEstimate<Estimate>("/estimate", draft);
  const starting = useStart(job, { reveal: looking.reveal });
  const compared = useMemo(
    () => origin && { name: origin.name, values: { ...defaultValues(spec.fields), ...shownValues(spec.fields, origin.params) } },
    [origin, spec],
  );
  return (
    <FormLayout
      onSubmit={(event) => void starting.submit(event)}
      onPaste={pasting.onPaste}
      asideLabel="What this run will be"
      aside={
        <>
          <StartCard action="Start training" job={job} refusal={estimate.error} starting={starting} />
          <EstimateCard estimate={estimate} />
          <DatasetPreviewCard dataset={draft.params.dataset_path} template={draft.params.prompt_template} />
        </>
      }
    >
      <PresetBar job={job} />
      <FormBody job={job} looking={looking} pasting={pasting} widgets={WIDGETS} origin={compared} sweepable={isSweepable} />
    </FormLayout>
  );
}

/** What names a run or its place is every run's own; long texts and lists are one value. */
function isSweepable({ name, control, widget, schema }: FieldSpec): boolean {
  if (name === "adapter_name") return false;
  if (control === "text") return widget === "model" || (widget === undefined && schema.format !== "path");
  return ["number", "segments", "select"].includes(control);
}
