import { Button, Stack, Text } from "@chakra-ui/react";
import { FlaskConical } from "lucide-react";

import { useContact } from "@/api/contact";
import { Card } from "@/components/Card";
import { ErrorNotice } from "@/components/ErrorNotice";
import type { Sampling } from "@/features/generate/use-sample";

interface SampleCardProps {
  sampling: Sampling;
  /** The service has accepted these settings. */
  ready: boolean;
}

/** The way to a few records with the settings as they stand: cheaper to look at than to regret. */
export function SampleCard({ sampling: { jobId, busy, error, write }, ready }: SampleCardProps) {
  const { lost } = useContact();
  return (
    <Card title="Look before you write">
      <Stack gap="3" align="flex-start">
        <Text color="fg.muted">A sample with these settings shows whether they say what you mean. It is no part of the dataset.</Text>
        <Button type="button" size="sm" variant="outline" disabled={!ready || lost} loading={busy} onClick={write}>
          <FlaskConical aria-hidden />
          {jobId ? "Write another sample" : "Write a sample"}
        </Button>
        {error !== null && <ErrorNotice title="The sample was not started" error={error} />}
      </Stack>
    </Card>
  );
}
