import { Text } from "@chakra-ui/react";

import { Card } from "@/components/Card";
import { Segments } from "@/components/Segments";
import type { Source } from "@/features/evaluate/start";

const SOURCES: { value: Source; label: string; help: string }[] = [
  { value: "models", label: "Models", help: "Each is asked the same questions now, and its answers are scored." },
  { value: "file", label: "A file of answers", help: "Answers that were written before, by whatever means." },
];

/** The first question of the form: the others depend on it. */
export function SourceCard({ source, onChoose }: { source: Source; onChoose: (source: Source) => void }) {
  return (
    <Card title="What is evaluated">
      <Segments name="source" label="What is evaluated" options={SOURCES} value={source} onChange={(value) => onChoose(value as Source)} />
      <Text color="fg.muted" mt="2" role="status">
        {SOURCES.find(({ value }) => value === source)?.help}
      </Text>
    </Card>
  );
}
