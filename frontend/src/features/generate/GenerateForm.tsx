import type { GenerationPlan } from "@/api/generation-types";
import type { JobKind, JsonObject } from "@/api/types";
import { CommandCard } from "@/components/job-form/CommandCard";
import { DatasetControl } from "@/components/job-form/DatasetControl";
import { FormBody, useLooking } from "@/components/job-form/FormBody";
import { FormLayout } from "@/components/job-form/FormLayout";
import { usePasting } from "@/components/job-form/pasting";
import { PresetBar } from "@/components/job-form/PresetBar";
import { SpendingCard } from "@/components/job-form/SpendingCard";
import { StartCard } from "@/components/job-form/StartCard";
import { useEstimate } from "@/components/job-form/use-estimate";
import { useJobForm } from "@/components/job-form/use-job-form";
import { useStart } from "@/components/job-form/use-start";
import { typedParams } from "@/components/schema-form/command";
import type { Control } from "@/components/schema-form/controls";
import { OptionsControl } from "@/components/schema-form/OptionsControl";
import { DatasetsControl } from "@/features/generate/DatasetsControl";
import { DocumentsControl } from "@/features/generate/DocumentsControl";
import { PlanCard } from "@/features/generate/PlanCard";
import { Sample } from "@/features/generate/Sample";
import { SampleCard } from "@/features/generate/SampleCard";
import { useSample } from "@/features/generate/use-sample";

/** One of them has to say something; which one, no schema can tell. */
const TOPIC = "topic";
const SAYING = [TOPIC, "documents", "seeds"];
/** What the data is about, and is called: a preset fills it in, but takes no choice back. */
const CHOSEN = [...SAYING, "against", "name"];

const WIDGETS: Record<string, Control> = { dataset: DatasetControl, datasets: DatasetsControl, documents: DocumentsControl, options: OptionsControl };

interface GenerateFormProps {
  kind: JobKind;
  /** Values to start from instead of the defaults. */
  start: JsonObject | undefined;
}

/** What is to be written on the left, what it takes on the right; below, the plan and a sample to look at first. */
export function GenerateForm({ kind, start }: GenerateFormProps) {
  const job = useJobForm(kind, { start });
  const { spec, form, values, draft } = job;
  const looking = useLooking();
  const pasting = usePasting(job);
  const objection = SAYING.every((name) => String(values[name] ?? "").trim() === "") ? "Say what it is about" : null;
  const plan = useEstimate<GenerationPlan>("/datasets/generate/plan", draft, objection === null);
  const starting = useStart(job, { reveal: looking.reveal });
  const goTo = (event: React.SyntheticEvent) => {
    event.preventDefault();
    looking.reveal();
    requestAnimationFrame(() => form.setFocus(TOPIC));
  };
  const sampling = useSample(draft.params);
  return (
    <FormLayout
      onSubmit={(event) => (objection ? goTo(event) : void starting.submit(event))}
      onPaste={pasting.onPaste}
      asideLabel="What this run will be"
      aside={
        <>
          <StartCard
            action="Write the dataset"
            objection={objection}
            job={job}
            refusal={plan.error}
            starting={starting}
          />
          <SampleCard sampling={sampling} ready={plan.estimate !== undefined} />
          <SpendingCard state={plan} spending={plan.estimate && { ...plan.estimate.estimate, warnings: plan.estimate.warnings }} />
          <CommandCard program={kind.program} params={typedParams(spec.fields, draft.params)} />
        </>
      }
      below={sampling.jobId && <Sample key={sampling.jobId} jobId={sampling.jobId} />}
    >
      <PresetBar job={job} keep={CHOSEN.filter((name) => values[name] !== "")} />
      <FormBody job={job} looking={looking} pasting={pasting} widgets={WIDGETS} />
      {plan.estimate && <PlanCard plan={plan.estimate} />}
    </FormLayout>
  );
}
