import { Text } from "@chakra-ui/react";
import { useMemo, useState } from "react";
import { useForm, useWatch } from "react-hook-form";

import type { EvaluationEstimate } from "@/api/evaluation-types";
import type { JobKind, JsonObject } from "@/api/types";
import { CommandCard } from "@/components/job-form/CommandCard";
import { DatasetControl } from "@/components/job-form/DatasetControl";
import { FormLayout } from "@/components/job-form/FormLayout";
import { PresetBar } from "@/components/job-form/PresetBar";
import { SpendingCard } from "@/components/job-form/SpendingCard";
import { StartCard } from "@/components/job-form/StartCard";
import { useEstimate } from "@/components/job-form/use-estimate";
import { useStart } from "@/components/job-form/use-start";
import { Notice } from "@/components/Notice";
import type { Control } from "@/components/schema-form/controls";
import { formSpec, withoutFields } from "@/components/schema-form/form-spec";
import { OptionsControl } from "@/components/schema-form/OptionsControl";
import { SchemaForm } from "@/components/schema-form/SchemaForm";
import { defaultValues, type FormValues, shownValues, submission } from "@/components/schema-form/values";
import { ModelsControl } from "@/features/evaluate/ModelsControl";
import { SourceCard } from "@/features/evaluate/SourceCard";
import { hiddenWith, type Start } from "@/features/evaluate/start";
import { formatCounted } from "@/lib/format";

const WIDGETS: Record<string, Control> = { models: ModelsControl, dataset: DatasetControl, options: OptionsControl };
const [MODELS, DATASET] = ["models", "dataset_path"] as const;
/** What is evaluated: a preset fills it in, but takes no choice back. */
const CHOSEN: string[] = [MODELS, DATASET, "predictions", "reference", "baseline"];

/** What is evaluated and how on the left; calls, money and time on the right, in step with every change. */
export function EvaluateForm({ kind, start }: { kind: JobKind; start: Start }) {
  const whole = useMemo(() => formSpec(kind.schema, kind.groups), [kind]);
  const [source, setSource] = useState(start.source);
  const spec = useMemo(() => withoutFields(whole, hiddenWith(source, whole)), [whole, source]);
  const form = useForm<FormValues>({
    mode: "onTouched",
    shouldFocusError: false,
    defaultValues: { ...defaultValues(whole.fields), ...shownValues(whole.fields, start.values) },
  });
  const values = useWatch({ control: form.control }) as FormValues;
  const draft = useMemo(() => submission(spec.fields, values), [spec, values]);
  const lacking = source === "models" ? lackingOf(values) : null;
  const estimate = useEstimate<EvaluationEstimate>("/evaluate/estimate", draft, lacking === null);
  const starting = useStart(kind, spec, form);
  const goTo = (event: React.SyntheticEvent, field: string) => {
    event.preventDefault();
    form.setFocus(field);
  };
  return (
    <FormLayout
      onSubmit={(event) => (lacking ? goTo(event, lacking.field) : void starting.submit(event))}
      asideLabel="What this evaluation will be"
      aside={
        <>
          <StartCard
            action="Start the evaluation"
            objection={lacking?.sentence}
            spec={spec}
            draft={draft}
            values={values}
            refusal={estimate.error}
            marked={form.formState.errors}
            starting={starting}
          />
          {estimate.estimate && isWithoutJudge(draft.params, estimate.estimate) && <NoJudge />}
          <SpendingCard state={estimate} spending={estimate.estimate} lead={estimate.estimate && leadOf(estimate.estimate)} />
          <CommandCard program={kind.program} params={draft.params} />
        </>
      }
    >
      <SourceCard source={source} onChoose={setSource} />
      <PresetBar presets={kind.presets} spec={whole} form={form} keep={CHOSEN.filter((name) => values[name] !== "")} />
      <SchemaForm spec={spec} form={form} widgets={WIDGETS} />
    </FormLayout>
  );
}

/** What no single field can say: the schema lets both be empty, since a file of answers needs neither. */
function lackingOf(values: FormValues): { field: string; sentence: string } | null {
  if (values[MODELS] === "") return { field: MODELS, sentence: "Choose a model" };
  return values[DATASET] === "" ? { field: DATASET, sentence: "Choose the questions" } : null;
}

/** `auto` falls back to what needs nobody, and that should not go unnoticed. */
function isWithoutJudge({ mode = "auto" }: JsonObject, estimate: EvaluationEstimate): boolean {
  return mode === "auto" && estimate.mode === "reference";
}

function NoJudge() {
  return (
    <Notice tone="warning" title="No judge can be reached">
      <Text>The service has neither a key nor a model server of its own, so answers are only compared with their references, word by word.</Text>
    </Notice>
  );
}

/** "40 items, judge, one by one: gpt-4o-mini". */
function leadOf({ items, mode, judges, calls }: EvaluationEstimate): string {
  const by = judges.length > 0 && calls > 0 ? `: ${judges.join(", ")}` : "";
  return `${formatCounted(items, "item")}, mode ${mode}${by}. ${calls === 0 ? "Nobody has to be asked." : ""}`.trim();
}
