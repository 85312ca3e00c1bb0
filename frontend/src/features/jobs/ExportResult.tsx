import { Stack, Text } from "@chakra-ui/react";

import type { JsonObject } from "@/api/types";
import { Card } from "@/components/Card";
import { CodeBlock } from "@/components/CodeBlock";

/** Whether others will ask it as it was trained, where they would not, and how they serve it. */
export function ExportResult({ result }: { result: JsonObject }) {
  const lines = Array.isArray(result.lines) ? result.lines : [];
  return (
    <Card title="Result">
      <Stack gap="3">
        <Text whiteSpace="pre-wrap" overflowWrap="anywhere">
          {lines.join("\n")}
        </Text>
        {Object.entries((result.commands ?? {}) as Record<string, string>).map(([title, command]) => (
          <CodeBlock key={title} text={command} label={title} />
        ))}
      </Stack>
    </Card>
  );
}
