import { useMemo } from "react";

import type { Estimate, JobKind, JsonObject, SweepPlan } from "@/api/types";
import { DatasetControl } from "@/components/job-form/DatasetControl";
import { FormBody, goTo, useLooking } from "@/components/job-form/FormBody";
import { FormLayout } from "@/components/job-form/FormLayout";
import { ModelControl } from "@/components/job-form/ModelControl";
import { usePasting } from "@/components/job-form/pasting";
import { PresetBar } from "@/components/job-form/PresetBar";
import { StartCard } from "@/components/job-form/StartCard";
import { useEstimate } from "@/components/job-form/use-estimate";
import { type JobForm, useJobForm } from "@/components/job-form/use-job-form";
import { useStart } from "@/components/job-form/use-start";
import type { Control } from "@/components/schema-form/controls";
import type { FieldSpec } from "@/components/schema-form/form-spec";
import { defaultValues, shownValues, type Submission } from "@/components/schema-form/values";
import { toast } from "@/components/toasts";
import { DatasetPreviewCard } from "@/features/train/DatasetPreviewCard";
import { EstimateCard } from "@/features/train/EstimateCard";
import { memoryWords } from "@/features/train/fit";
import { FittingCard } from "@/features/train/FittingCard";
import { SweepCard } from "@/features/train/SweepCard";
import { useFitting } from "@/features/train/use-fitting";
import { roomOfSweep, useRoom } from "@/features/train/use-room";
import { formatAbout, formatCounted, formatDuration } from "@/lib/format";

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
  const isSweep = Object.keys(draft.vary).length > 0;
  const plan = useEstimate<SweepPlan>("/sweeps/estimate", sweepOf(job), isSweep);
  const fitting = useFitting(job);
  const room = useRoom(isSweep ? roomOfSweep(plan.estimate) : estimate.estimate?.memory);
  const starting = useStart(job, { reveal: looking.reveal, tags: room.tags });
  const go = (field: string) => {
    looking.reveal();
    requestAnimationFrame(() => goTo(job, field));
  };
  const fix = (words: string, params: JsonObject) => {
    const undo = job.fill({ ...job.form.getValues(), ...shownValues(spec.fields, params) });
    toast({ title: words, key: "filled", action: { label: "Undo", onSelect: undo } });
  };
  const compared = useMemo(
    () => origin && { name: origin.name, values: { ...defaultValues(spec.fields), ...shownValues(spec.fields, origin.params) } },
    [origin, spec],
  );
  return (
    <FormLayout
      onSubmit={(event) => (room.objection && draft.missing.length === 0 ? room.hold(event) : void starting.submit(event))}
      onPaste={pasting.onPaste}
      asideLabel="What this run will be"
      aside={
        <>
          <StartCard action={actionWords(job, estimate.estimate, plan.estimate)} objection={room.objection} job={job} refusal={(isSweep && plan.error) || estimate.error} starting={starting}>
            {room.choice}
          </StartCard>
          {isSweep && <SweepCard job={job} plan={plan} />}
          {fitting.found && <FittingCard job={job} fitting={fitting.found} onDone={fitting.leave} />}
          <EstimateCard estimate={estimate} fields={spec.fields} onGo={go} onFix={fix} onFit={fitting.search} />
          <DatasetPreviewCard dataset={draft.params.dataset_path} template={draft.params.prompt_template} />
        </>
      }
    >
      <PresetBar job={job} />
      <FormBody job={job} looking={looking} pasting={pasting} widgets={WIDGETS} origin={compared} sweepable={isSweepable} />
    </FormLayout>
  );
}

/** "Start · about 41 min · 9.8 GB of 24 GB free". */
function actionWords({ draft }: JobForm, estimate: Estimate | undefined, plan: SweepPlan | undefined): string {
  if (Object.keys(draft.vary).length > 0) {
    const count = Object.values(draft.vary).reduce((product, values) => product * values.length, 1);
    return [`Queue ${formatCounted(count, "run")}`, ...(plan?.seconds == null ? [] : [`about ${formatDuration(plan.seconds)}`])].join(" · ");
  }
  if (!estimate) return "Start training";
  const { seconds, memory } = estimate;
  return ["Start", ...(seconds === null ? [] : [formatAbout(seconds)]), memoryWords(memory)].join(" · ");
}

/** The sweep as the service estimates it; its shape is that of a form, with the runs' parameters within. */
function sweepOf({ kind, draft }: JobForm): Submission {
  return { ...draft, params: { kind: kind.kind, params: draft.params, vary: draft.vary } };
}

/** What names a run or its place is every run's own; long texts and lists are one value. */
function isSweepable({ name, control, widget, schema }: FieldSpec): boolean {
  if (name === "adapter_name") return false;
  if (control === "text") return widget === "model" || (widget === undefined && schema.format !== "path");
  return ["number", "segments", "select"].includes(control);
}
