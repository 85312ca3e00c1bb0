import type { Fitting } from "@/api/types";
import { changesBetween } from "@/components/job-form/changes";
import { ChangeReview } from "@/components/job-form/ChangeReview";
import type { JobForm } from "@/components/job-form/use-job-form";
import { shownValues } from "@/components/schema-form/values";
import { toast } from "@/components/toasts";
import { memoryWords } from "@/features/train/fit";
import { formatAbout } from "@/lib/format";

interface FittingCardProps {
  job: JobForm;
  fitting: Fitting;
  onDone: () => void;
}

/** What would make the run fit, and what the run would be then. */
export function FittingCard({ job, fitting, onDone }: FittingCardProps) {
  const { spec, values, fill } = job;
  const then = { ...values, ...shownValues(spec.fields, fitting.params) };
  const { seconds, memory } = fitting.estimate;
  const after = [memoryWords(memory), ...(seconds === null ? [] : [formatAbout(seconds)])].join(", ");
  const take = (names: string[]) => {
    const undo = fill({ ...values, ...Object.fromEntries(names.map((name) => [name, then[name] ?? ""])) });
    onDone();
    toast({ title: "The run was made to fit", key: "filled", action: { label: "Undo", onSelect: undo } });
  };
  return (
    <ChangeReview title="What makes it fit" description={`${fitting.sentence} Then: ${after}.`} changes={changesBetween(spec.fields, values, then)} onTake={take} onLeave={onDone} />
  );
}
