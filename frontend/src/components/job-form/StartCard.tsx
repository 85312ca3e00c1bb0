import { Button, Stack, Text } from "@chakra-ui/react";
import { Play } from "lucide-react";

import { useContact } from "@/api/contact";
import { fieldErrors, type Problem } from "@/api/problem";
import { Card } from "@/components/Card";
import { Notice } from "@/components/Notice";
import type { FormSpec } from "@/components/schema-form/form-spec";
import type { FormValues, Submission } from "@/components/schema-form/values";
import type { Starting } from "@/components/job-form/use-start";

interface StartCardProps {
  /** What the button does: "Start training". */
  action: string;
  spec: FormSpec;
  draft: Submission;
  values: FormValues;
  /** What the estimate said against the parameters. */
  refusal: Problem | null;
  /** What no field can say about itself. */
  objection?: string | null;
  /** Fields that are marked as wrong, by the form or by an earlier refusal. */
  marked: object;
  starting: Starting;
}

/** The button says what is still missing; pressed nevertheless, it leads there. */
export function StartCard({ action, objection, starting, ...state }: StartCardProps) {
  const { lost } = useContact();
  const obstacle = objection ?? obstacleOf(state);
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
function obstacleOf({ spec, draft, values, refusal, marked }: Omit<StartCardProps, "action" | "objection" | "starting">): string | null {
  const [missing] = draft.missing;
  if (missing) return `${missing.label} is missing`;
  const refused = refusal?.status === 422 ? fieldErrors(refusal, spec.fields.map((field) => field.name)) : { fields: {}, general: [] };
  const wrong = spec.fields.find((field) => field.name in draft.errors || field.name in refused.fields || field.name in marked);
  if (!wrong) return refused.general.length > 0 ? "Not with these settings" : null;
  return values[wrong.name] === "" ? `${wrong.label} is missing` : `${wrong.label} needs correction`;
}
