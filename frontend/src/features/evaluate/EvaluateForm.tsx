import { Text } from "@chakra-ui/react";
import { useMemo, useState } from "react";
import { useLocation } from "react-router";

import type { EvaluationEstimate } from "@/api/evaluation-types";
import type { JobKind, JsonObject } from "@/api/types";
import { CommandCard } from "@/components/job-form/CommandCard";
import { DatasetControl } from "@/components/job-form/DatasetControl";
import { type Restored, restoreDraft } from "@/components/job-form/draft";
import { FormBody, useLooking } from "@/components/job-form/FormBody";
import { FormLayout } from "@/components/job-form/FormLayout";
import { usePasting } from "@/components/job-form/pasting";
import { PresetBar } from "@/components/job-form/PresetBar";
import { SpendingCard } from "@/components/job-form/SpendingCard";
import { StartCard } from "@/components/job-form/StartCard";
import { useEstimate } from "@/components/job-form/use-estimate";
import { useJobForm } from "@/components/job-form/use-job-form";
import { useStart } from "@/components/job-form/use-start";
import { Notice } from "@/components/Notice";
import type { Control } from "@/components/schema-form/controls";
import { formSpec } from "@/components/schema-form/form-spec";
import { OptionsControl } from "@/components/schema-form/OptionsControl";
import type { FormValues } from "@/components/schema-form/values";
import { ModelsControl } from "@/features/evaluate/ModelsControl";
import { SourceCard } from "@/features/evaluate/SourceCard";
import { hiddenWith, type Source, type Start } from "@/features/evaluate/start";
import { formatCounted } from "@/lib/format";

const WIDGETS: Record<string, Control> = { models: ModelsControl, dataset: DatasetControl, options: OptionsControl };
const [MODELS, DATASET] = ["models", "dataset_path"] as const;
/** What is evaluated: a preset fills it in, but takes no choice back. */
const CHOSEN: string[] = [MODELS, DATASET, "predictions", "reference", "baseline"];

/** What is evaluated and how on the left; calls, money and time on the right, in step with every change. */
export function EvaluateForm({ kind, start }: { kind: JobKind; start: Start }) {
  const whole = useMemo(() => formSpec(kind.schema, kind.groups), [kind]);
  const { search } = useLocation();
  const [source, setSource] = useState(() => sourceOf(restoreDraft(kind.kind, search, whole.fields)) ?? start.source);
  const hidden = useMemo(() => hiddenWith(source, whole), [whole, source]);
  const job = useJobForm(kind, { start: start.values, hidden });
  const { form, values, draft } = job;
  const looking = useLooking();
  const pasting = usePasting(job);
  const lacking = source === "models" ? lackingOf(values) : null;
  const estimate = useEstimate<EvaluationEstimate>("/evaluate/estimate", draft, lacking === null);
  const starting = useStart(job, { reveal: looking.reveal });
  const goTo = (event: React.SyntheticEvent, field: string) => {
    event.preventDefault();
    looking.reveal();
    requestAnimationFrame(() => form.setFocus(field));
  };
  return (
    <FormLayout
      onSubmit={(event) => (lacking ? goTo(event, lacking.field) : void starting.submit(event))}
      onPaste={pasting.onPaste}
      asideLabel="What this evaluation will be"
      aside={
        <>
          <StartCard
            action="Start the evaluation"
            objection={lacking?.sentence}
            job={job}
            refusal={estimate.error}
            starting={starting}
          />
          {estimate.estimate && isWithoutJudge(draft.params, estimate.estimate) && <NoJudge />}
          <SpendingCard state={estimate} spending={estimate.estimate} lead={estimate.estimate && leadOf(estimate.estimate)} />
          <CommandCard program={kind.program} params={draft.params} />
        </>
      }
    >
      <SourceCard source={source} onChoose={setSource} />
      <PresetBar job={job} keep={CHOSEN.filter((name) => values[name] !== "")} />
      <FormBody job={job} looking={looking} pasting={pasting} widgets={WIDGETS} />
    </FormLayout>
  );
}

/** Where a draft was about to take its answers from. */
function sourceOf(draft: Restored | null): Source | null {
  return draft && (draft.values.predictions ? "file" : "models");
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
