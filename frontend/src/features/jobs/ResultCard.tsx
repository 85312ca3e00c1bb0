import { Stack } from "@chakra-ui/react";

import type { JsonObject, JsonValue } from "@/api/types";
import { Card } from "@/components/Card";
import { CodeBlock } from "@/components/CodeBlock";
import { CopyButton } from "@/components/CopyButton";
import { type Figure, Figures } from "@/components/Figures";
import { LinkButton, RouterLink } from "@/components/RouterLink";
import { formatAbout, formatBytes, formatCount, formatDuration, formatMetric, formatRatio, formatShare, formatSpeed } from "@/lib/format";
import { shellQuote } from "@/lib/shell";

/** What came out, where it lies, and how to try it. */
export function ResultCard({ result }: { result: JsonObject }) {
  const adapter = typeof result.adapter_name === "string" ? result.adapter_name : null;
  const path = typeof result.path === "string" ? result.path : null;
  const command = path && `python run_inference.py --model_path ${shellQuote(path)} --prompt "…"`;
  const figures = figuresOf(result);
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
        <Figures figures={figures} columns={figures.length > 6 ? 4 : 3} />
        {result.estimate && (
          <RouterLink to="/estimates" textStyle="xs" color="fg.muted" textDecoration="underline" alignSelf="start">
            How earlier predictions came true
          </RouterLink>
        )}
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

const PLAIN: [string, string, (value: number) => string][] = [
  ["final_loss", "Final loss", formatMetric],
  ["eval_loss", "Evaluation loss", formatMetric],
  ["token_accuracy", "Token accuracy", formatShare],
  ["steps", "Steps", formatCount],
];

function figuresOf(result: JsonObject): Figure[] {
  const numbers = numbersOf(result);
  const plain = PLAIN.flatMap(([name, label, format]) => {
    const value = numbers[name];
    return value === undefined ? [] : [{ label, value: format(value), note: name === "steps" ? stoppedEarly(result, numbers) : undefined }];
  });
  return [...plain, ...costsOf(result, numbers)];
}

/** The steps that a run would have taken had nobody stopped it, nor its patience. */
function stoppedEarly(result: JsonObject, { planned_steps: planned }: Numbers): string | undefined {
  return result.stopped_early === true && planned !== undefined ? `stopped early, of ${formatCount(planned)}` : undefined;
}

/** Time, memory and speed; the first two with what was predicted of them. */
function costsOf(result: JsonObject, numbers: Numbers): Figure[] {
  const { seconds, peak_memory_bytes: peak, tokens_per_second: speed, matmul_share: share } = numbers;
  const predicted = numbersOf(result.estimate);
  // What stopped early or was resumed took the time of another run than the predicted one.
  const isSame = result.is_whole !== false && predicted.steps === numbers.steps;
  return [
    seconds !== undefined && { label: "Took", value: formatDuration(seconds), note: isSame ? told(predicted.seconds, formatAbout) : undefined },
    peak !== undefined && { label: "Peak memory", value: formatBytes(peak), note: told(predicted.memory_bytes, formatBytes) },
    speed !== undefined && { label: "Tokens/s", value: formatSpeed(speed) },
    share !== undefined && { label: "Matrix products", value: formatRatio(share), note: "of what the device can do" },
  ].filter((figure) => figure !== false);
}

function told(value: number | undefined, format: (value: number) => string): string | undefined {
  return value === undefined ? undefined : `predicted ${format(value)}`;
}

type Numbers = Partial<Record<string, number>>;

/** The fields of a record that are numbers. */
function numbersOf(record: JsonValue | undefined): Numbers {
  if (typeof record !== "object" || record === null || Array.isArray(record)) return {};
  return Object.fromEntries(Object.entries(record).filter((field): field is [string, number] => typeof field[1] === "number"));
}
