import { Stack } from "@chakra-ui/react";

import type { JsonObject, JsonValue } from "@/api/types";
import { Card } from "@/components/Card";
import { CodeBlock } from "@/components/CodeBlock";
import { CopyButton } from "@/components/CopyButton";
import { type Figure, Figures } from "@/components/Figures";
import { LinkButton } from "@/components/RouterLink";
import { formatCount, formatDuration, formatMetric, formatShare } from "@/lib/format";
import { shellQuote } from "@/lib/shell";

/** What came out, where it lies, and how to try it. */
export function ResultCard({ result }: { result: JsonObject }) {
  const adapter = typeof result.adapter_name === "string" ? result.adapter_name : null;
  const path = typeof result.path === "string" ? result.path : null;
  const command = path && `python run_inference.py --model_path ${shellQuote(path)} --prompt "…"`;
  return (
    <Card
      title="Result"
      aside={
        adapter && (
          <Stack direction="row" gap="2">
            <LinkButton to={`/adapters/${encodeURIComponent(adapter)}`} size="xs" variant="outline">
              Open adapter
            </LinkButton>
            <LinkButton to={`/playground?model=${encodeURIComponent(adapter)}`} size="xs">
              Try it
            </LinkButton>
          </Stack>
        )
      }
    >
      <Stack gap="4">
        <Figures figures={figuresOf(result)} columns={5} />
        {command && (
          <Stack gap="1" align="start">
            <CodeBlock w="full" text={command} label="Command that asks the adapter" />
            <CopyButton text={command} label="Copy command" />
          </Stack>
        )}
      </Stack>
    </Card>
  );
}

const FIGURES: [string, string, (value: number) => string][] = [
  ["final_loss", "Final loss", formatMetric],
  ["eval_loss", "Evaluation loss", formatMetric],
  ["token_accuracy", "Token accuracy", formatShare],
  ["steps", "Steps", formatCount],
  ["seconds", "Took", formatDuration],
];

function figuresOf(result: JsonObject): Figure[] {
  return FIGURES.flatMap(([name, label, format]) => {
    const value: JsonValue | undefined = result[name];
    return typeof value === "number" ? [{ label, value: format(value) }] : [];
  });
}
