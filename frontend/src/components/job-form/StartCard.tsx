import { Button, Stack, Text } from "@chakra-ui/react";
import { Play } from "lucide-react";
import type { ReactNode } from "react";

import { useContact } from "@/api/contact";
import { fieldErrors, type Problem } from "@/api/problem";
import { Card } from "@/components/Card";
import { Notice } from "@/components/Notice";
import type { JobForm } from "@/components/job-form/use-job-form";
import type { Starting } from "@/components/job-form/use-start";

interface StartCardProps {
  /** What the button does: "Start training". */
  action: string;
  job: JobForm;
  /** What the estimate said against the parameters. */
  refusal: Problem | null;
  /** What no field can say about itself. */
  objection?: string | null;
  starting: Starting;
  /** What else has to be decided. */
  children?: ReactNode;
}

/** The button says what is still missing; pressed nevertheless, it leads there. */
export function StartCard({ action, objection, starting, job, refusal, children }: StartCardProps) {
  const { lost } = useContact();
  const obstacle = objection ?? obstacleOf(job, refusal);
  return (
    <Card>
      <Stack gap="3">
        <Button
          type="submit"
          w="full"
          variant={obstacle ? "outline" : "solid"}
          loading={starting.busy}
          loadingText="Starting…"
          disabled={lost}
        >
          {!obstacle && <Play aria-hidden />}
          {obstacle ?? action}
        </Button>
        {children}
        {lost && <Text color="fg.muted">Starting needs contact with the service.</Text>}
        {starting.refusals.map((sentence) => (
          <Notice key={sentence} tone="error">
            <Text>{sentence}</Text>
          </Notice>
        ))}
      </Stack>
    </Card>
  );
}

/** The first thing that stands between the form and a run. */
function obstacleOf({ spec, draft, values, form }: JobForm, refusal: Problem | null): string | null {
  const marked = form.formState.errors; // by the form, or by an earlier refusal
  const [missing] = draft.missing;
  if (missing) return `${missing.label} is missing`;
  const refused = refusal?.status === 422 ? fieldErrors(refusal, spec.fields.map((field) => field.name)) : { fields: {}, general: [] };
  const wrong = spec.fields.find((field) => field.name in draft.errors || field.name in refused.fields || field.name in marked);
  if (!wrong) return refused.general.length > 0 ? "Not with these settings" : null;
  return values[wrong.name] === "" ? `${wrong.label} is missing` : `${wrong.label} needs correction`;
}
