import { Flex, Stack, Text } from "@chakra-ui/react";

import type { JobDetail, JsonObject } from "@/api/types";
import { Card } from "@/components/Card";
import { CodeBlock } from "@/components/CodeBlock";
import { CopyButton } from "@/components/CopyButton";
import { type Figure, Figures } from "@/components/Figures";
import { InlineCode } from "@/components/InlineCode";
import { proofOf } from "@/components/proof";
import { ProofCard } from "@/components/ProofCard";
import { LinkButton } from "@/components/RouterLink";
import { linesOf, parentsOf, placeOf, triedBeside } from "@/features/jobs/merge-result";
import { formatCount, formatShare } from "@/lib/format";
import { shellQuote } from "@/lib/shell";

/** What a merge made, how it compares with its parents, and how to try it beside them. */
export function MergeResult({ job, result }: { job: JobDetail; result: JsonObject }) {
  const proof = proofOf(result.proof);
  const lines = linesOf(result);
  return (
    <>
      <Card title={job.status === "succeeded" ? "Result" : "Kept aside"} aside={<Ways job={job} result={result} />}>
        <Stack gap="4">
          <Figures figures={figuresOf(job, result)} columns={4} />
          {lines.length > 0 && (
            <Stack gap="1" color="fg.muted">
              {lines.map((line) => (
                <Text key={line} overflowWrap="anywhere">
                  {line}
                </Text>
              ))}
            </Stack>
          )}
          <Place job={job} result={result} />
        </Stack>
      </Card>
      {proof && <ProofCard proof={proof} />}
    </>
  );
}

function Ways({ job, result }: { job: JobDetail; result: JsonObject }) {
  const name = String(result.name ?? job.name);
  const isAdapter = result.kind !== "model";
  if (job.status !== "succeeded" || (isAdapter && result.registered !== true)) return null;
  return (
    <Flex gap="2" wrap="wrap">
      {isAdapter && (
        <LinkButton to={`/adapters/${encodeURIComponent(name)}`} size="xs" variant="outline">
          Open adapter
        </LinkButton>
      )}
      <LinkButton to={`/playground?${triedBeside(name, parentsOf(job.params))}`} size="xs">
        Try it beside its parents
      </LinkButton>
    </Flex>
  );
}

function Place({ job, result }: { job: JobDetail; result: JsonObject }) {
  const path = placeOf(result);
  if (!path) return null;
  if (job.status !== "succeeded") {
    return (
      <Text color="fg.muted">
        It lies in <InlineCode text={`\`${path}\``} /> and is not in the registry, so that nobody takes it by mistake.
      </Text>
    );
  }
  const command = `python run_inference.py --model_path ${shellQuote(path)} --prompt "…"`;
  return (
    <Stack gap="1" align="start">
      <CodeBlock w="full" text={command} label="Command that asks the result" />
      <CopyButton text={command} label="Copy command" />
    </Stack>
  );
}

function figuresOf({ params }: JobDetail, result: JsonObject): Figure[] {
  const kept = result.energy_kept as Partial<Record<"median" | "least", number>> | null | undefined;
  const parents = parentsOf(params);
  return [
    { label: "Method", value: String(result.method ?? params.method), note: parents.map(({ text }) => text).join(" + ") },
    ...(typeof result.rank === "number" ? [{ label: "Rank", value: formatCount(result.rank) }] : []),
    ...(kept?.median !== undefined ? [{ label: "Kept, median layer", value: formatShare(kept.median) }] : []),
    ...(kept?.least !== undefined ? [{ label: "Kept, worst layer", value: formatShare(kept.least) }] : []),
    ...(result.kind === "model" ? [{ label: "Made", value: "A whole model" }] : []),
  ];
}
