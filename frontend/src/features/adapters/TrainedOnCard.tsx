import type { JsonValue, RunRecord } from "@/api/types";
import { Card } from "@/components/Card";
import { Disclosure } from "@/components/Disclosure";
import { KeyValues } from "@/components/KeyValues";
import { RouterLink } from "@/components/RouterLink";
import { readable } from "@/features/adapters/facts";
import { formatCount, formatCounted, formatDuration, formatRatio, formatTime } from "@/lib/format";

interface TrainedOnCardProps {
  run: RunRecord;
  jobId: string | null;
}

/** What it was made from and on, as its own record says. */
export function TrainedOnCard({ run, jobId }: TrainedOnCardProps) {
  const { dataset, device, finished_at: finished, versions, result } = run;
  const seconds = result.seconds;
  const entries: [string, React.ReactNode][] = [
    ...(jobId ? [["Job", <RouterLink key="job" to={`/jobs/${jobId}`}>{jobId}</RouterLink>] as [string, React.ReactNode]] : []),
    ...(dataset ? dataEntries(dataset) : []),
    ["Finished", formatTime(finished)],
    ...(typeof seconds === "number" ? [["Took", formatDuration(seconds)] as [string, string]] : []),
    ...(device ? [["On", device] as [string, string]] : []),
    ...(versions.torch ? [["With", ["torch", "transformers", "peft"].flatMap((name) => (versions[name] ? `${name} ${versions[name]}` : [])).join(", ")] as [string, string]] : []),
  ];
  return (
    <Card title={run.kind === "merge" ? "How it was merged" : "What it was trained on"}>
      <KeyValues entries={entries} />
    </Card>
  );
}

function dataEntries(dataset: NonNullable<RunRecord["dataset"]>): [string, React.ReactNode][] {
  const { path, examples, tokens, supervised_tokens: supervised, truncated, sha256 } = dataset;
  const share = tokens && supervised != null ? `, ${formatRatio(supervised / tokens)} of them supervised` : "";
  return [
    ["Dataset", path],
    ...(examples != null ? [["Examples", `${formatCount(examples)}${truncated ? `, ${formatCount(truncated)} truncated` : ""}`] as [string, string]] : []),
    ...(tokens != null ? [["Tokens", `${formatCount(tokens)}${share}`] as [string, string]] : []),
    ...(sha256 ? [["SHA-256", <code key="sha">{sha256.slice(0, 16)}…</code>] as [string, React.ReactNode]] : []),
  ];
}

/** Every parameter of the run, folded. */
export function ParamsFold({ params }: { params: RunRecord["params"] }) {
  const entries = Object.entries(params as Record<string, JsonValue>).filter(([, value]) => value !== null && value !== "");
  if (entries.length === 0) return null;
  return (
    <Disclosure title="Parameters" note={formatCounted(entries.length, "value")}>
      <KeyValues entries={entries.map(([name, value]) => [readable(name, value).label, readable(name, value).text])} />
    </Disclosure>
  );
}
