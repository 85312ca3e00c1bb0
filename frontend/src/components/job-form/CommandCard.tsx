import type { JsonObject } from "@/api/types";
import { Card } from "@/components/Card";
import { CodeBlock } from "@/components/CodeBlock";
import { CopyButton } from "@/components/CopyButton";
import { commandLine } from "@/components/schema-form/command";

/** The same run from a terminal. */
export function CommandCard({ program, params }: { program: string; params: JsonObject }) {
  const command = commandLine(program, params);
  return (
    <Card title="From a terminal" aside={<CopyButton text={command} label="Copy command" />}>
      <CodeBlock text={command} label="Command for a terminal" />
    </Card>
  );
}
