import { Stack } from "@chakra-ui/react";

import type { JsonObject, JsonValue } from "@/api/types";
import { Card } from "@/components/Card";
import { type Figure, Figures } from "@/components/Figures";
import { KeyValues } from "@/components/KeyValues";
import { formatBytes, formatDuration } from "@/lib/format";

const FACTS: [string, string][] = [
  ["model", "Model"],
  ["commit", "Commit"],
  ["path", "Folder"],
];
const FIGURES: [string, string, (value: number) => string][] = [
  ["bytes", "Size", formatBytes],
  ["seconds", "Took", formatDuration],
];

/** Which model is on this machine now, and exactly which state of it. */
export function DownloadResult({ result }: { result: JsonObject }) {
  return (
    <Card title="Result">
      <Stack gap="4">
        <KeyValues entries={FACTS.flatMap(([name, label]) => (typeof result[name] === "string" ? [[label, result[name]] as [string, string]] : []))} />
        <Figures columns={5} figures={FIGURES.flatMap(([name, label, format]) => figureOf(label, result[name], format))} />
      </Stack>
    </Card>
  );
}

function figureOf(label: string, value: JsonValue | undefined, format: (value: number) => string): Figure[] {
  return typeof value === "number" ? [{ label, value: format(value) }] : [];
}
