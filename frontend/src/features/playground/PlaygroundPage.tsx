import { Grid, Stack } from "@chakra-ui/react";

import { useGenerate } from "@/api/generate";
import { ErrorNotice } from "@/components/ErrorNotice";
import { PageHeader } from "@/components/PageHeader";
import { AnswerCard } from "@/features/playground/AnswerCard";
import { PromptForm } from "@/features/playground/PromptForm";
import { useDocumentTitle } from "@/lib/use-document-title";

/** `/playground?adapter=`: one question, one answer, stamped with who gave it. */
export default function PlaygroundPage() {
  useDocumentTitle("Playground");
  const generation = useGenerate();
  return (
    <>
      <PageHeader title="Playground" description="Ask the base model, or an adapter on top of it." />
      <Grid templateColumns={{ base: "minmax(0, 1fr)", lg: "minmax(0, 1fr) minmax(0, 1fr)" }} gap="5" alignItems="start">
        <PromptForm busy={generation.isPending} onAsk={generation.mutate} />
        <Stack gap="4">
          {generation.isError && <ErrorNotice title="No answer" error={generation.error} />}
          <AnswerCard answer={generation.data} question={generation.variables?.prompt} pending={generation.isPending} />
        </Stack>
      </Grid>
    </>
  );
}
