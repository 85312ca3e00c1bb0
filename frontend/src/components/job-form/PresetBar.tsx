import { Button, Flex, Text } from "@chakra-ui/react";
import { Sparkles } from "lucide-react";
import { useState } from "react";

import type { JsonObject, Preset } from "@/api/types";
import { Card } from "@/components/Card";
import { changesBetween } from "@/components/job-form/changes";
import { ChangeReview } from "@/components/job-form/ChangeReview";
import { SavedConfigs } from "@/components/job-form/SavedConfigs";
import type { JobForm } from "@/components/job-form/use-job-form";
import { defaultValues, shownValues } from "@/components/schema-form/values";
import { toast } from "@/components/toasts";
import { formatCounted } from "@/lib/format";

/** A configuration that may take the place of what stands in the form. */
export interface Proposal {
  title: string;
  description?: string;
  values: JsonObject;
}

interface PresetBarProps {
  job: JobForm;
  /** Fields that hold what was chosen here, which no preset can know. */
  keep?: string[];
}

/** Starting points, ready-made and saved: each shows what it would change; what somebody typed stays, unless it is chosen too. */
export function PresetBar({ job, keep = [] }: PresetBarProps) {
  const [proposal, setProposal] = useState<Proposal | null>(null);
  return (
    <>
      <Card>
        <Flex align="center" gap="3" wrap="wrap">
          {job.kind.presets.map((preset) => (
            <PresetButton key={preset.id} preset={preset} onChoose={() => setProposal(preset)} />
          ))}
          <SavedConfigs job={job} onPropose={setProposal} />
        </Flex>
        <Text color="fg.muted" textStyle="xs" mt="2.5">
          Starting points: they show what they would change, and start nothing.
        </Text>
      </Card>
      {proposal && <Review key={proposal.title} job={job} proposal={proposal} keep={keep} onDone={() => setProposal(null)} />}
    </>
  );
}

function PresetButton({ preset, onChoose }: { preset: Preset; onChoose: () => void }) {
  return (
    <Button size="sm" variant="outline" title={preset.description} onClick={onChoose}>
      <Sparkles aria-hidden />
      {preset.title}
    </Button>
  );
}

interface ReviewProps {
  job: JobForm;
  proposal: Proposal;
  keep: string[];
  onDone: () => void;
}

function Review({ job, proposal, keep, onDone }: ReviewProps) {
  const { spec, values, typed, fill } = job;
  const kept = Object.fromEntries(keep.map((name) => [name, values[name] ?? ""]));
  const then = { ...defaultValues(spec.fields), ...shownValues(spec.fields, proposal.values), ...kept };
  const take = (names: string[]) => {
    const taken = Object.fromEntries(names.map((name) => [name, then[name] ?? ""]));
    const undo = fill({ ...values, ...taken });
    onDone();
    toast({ title: `${proposal.title}: ${formatCounted(names.length, "setting")} filled in`, key: "filled", action: { label: "Undo", onSelect: undo } });
  };
  return (
    <ChangeReview
      title={`What “${proposal.title}” changes`}
      description={proposal.description}
      changes={changesBetween(spec.fields, values, then)}
      kept={typed}
      onTake={take}
      onLeave={onDone}
    />
  );
}
