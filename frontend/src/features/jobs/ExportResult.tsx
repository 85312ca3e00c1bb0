import type { JsonObject } from "@/api/types";
import { Card } from "@/components/Card";
import { CodeBlock } from "@/components/CodeBlock";

/** Whether others will ask it as it was trained, where they would not, and the commands that serve it. */
export function ExportResult({ result: { lines, commands } }: { result: JsonObject }) {
  const told = [lines, Object.values(commands ?? {})].flat(2).join("\n");
  return (
    <Card title="Result">
      <CodeBlock text={told} label="Result" />
    </Card>
  );
}
