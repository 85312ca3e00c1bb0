import { Button, Stack } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { MessagesSquare } from "lucide-react";

import { adaptersQuery } from "@/api/adapters";
import { datasetAt, datasetsQuery, previewQuery } from "@/api/datasets";
import { EmptyState } from "@/components/EmptyState";

const EXAMPLES = 3;

/** Nothing said yet: questions from what the first of the adapters has learnt, to begin with. */
export function EmptyConversation({ models, onTry }: { models: string[]; onTry: (question: string) => void }) {
  const examples = useExamples(models);
  return (
    <EmptyState
      icon={MessagesSquare}
      title="Ask the same question of several models"
      hint="Choose up to four above and compare what they answer, side by side."
      action={
        examples.length > 0 && (
          <Stack gap="2" align="center">
            {examples.map((question) => (
              <Button key={question} size="sm" variant="outline" h="auto" py="1.5" whiteSpace="normal" onClick={() => onTry(question)}>
                {question}
              </Button>
            ))}
          </Stack>
        )
      }
    />
  );
}

function useExamples(models: string[]): string[] {
  const { data: registry } = useQuery(adaptersQuery);
  const { data: datasets = [] } = useQuery(datasetsQuery);
  const learnt = registry?.adapters.find((adapter) => models.includes(adapter.name))?.dataset;
  const dataset = datasetAt(datasets, learnt);
  const { data: preview } = useQuery(previewQuery(dataset?.name ?? "", undefined, EXAMPLES));
  const questions = preview?.rows.map(({ messages }) => messages.find(({ role }) => role === "user")?.content ?? "");
  return [...new Set(questions)].filter((question) => question !== "" && question.length < 200);
}
