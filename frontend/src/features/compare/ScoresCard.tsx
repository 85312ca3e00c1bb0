import { useQuery } from "@tanstack/react-query";

import type { EvaluationEntry } from "@/api/evaluation-types";
import { evaluationsQuery } from "@/api/evaluations";
import type { JobDetail } from "@/api/types";
import { Card } from "@/components/Card";
import { CompareTable } from "@/features/compare/CompareTable";
import { bestOf, type Row } from "@/features/compare/figures";
import type { ComparedRun } from "@/features/compare/use-compared";
import { NOTHING } from "@/lib/format";
import { formatInterval, formatScore } from "@/lib/score";

/** What evaluations found of the adapters that the runs made; nothing when none was evaluated. */
export function ScoresCard({ runs }: { runs: ComparedRun[] }) {
  const { data } = useQuery(evaluationsQuery);
  const rows = scoresOf(runs.map(({ job }) => job), data?.evaluations ?? []);
  if (rows.length === 0) return null;
  return (
    <Card title="Scores">
      <CompareTable label="Scores of the adapters" runs={runs} rows={rows} />
    </Card>
  );
}

/** A row for each measure on the same data; of each adapter the newest evaluation. */
export function scoresOf(jobs: readonly JobDetail[], entries: readonly EvaluationEntry[]): Row[] {
  const adapters = jobs.map(adapterOf);
  const told = entries.filter(({ model, score, scale }) => model !== null && adapters.includes(model) && score !== null && scale !== null);
  const labels = [...new Set(told.map(labelOf))];
  return labels.map((label) => {
    const found = adapters.map((adapter) => told.find((entry) => entry.model === adapter && labelOf(entry) === label));
    const best = bestOf(found.map((entry) => entry?.score ?? undefined), "higher");
    return { label, hint: "higher is better", cells: found.map((entry) => cellOf(entry, best)) };
  });
}

function cellOf(entry: EvaluationEntry | undefined, best: number | undefined) {
  if (!entry?.scale) return { text: NOTHING };
  const { score, scale, ci95 } = entry;
  return {
    text: formatScore(score, scale),
    note: formatInterval(ci95, (value) => formatScore(value, scale)),
    best: score !== null && score === best,
  };
}

function labelOf({ score_name: name, dataset }: EvaluationEntry): string {
  return [name, dataset].filter(Boolean).join(" on ");
}

/** The adapter that a run made. */
function adapterOf({ result, params }: JobDetail): string | null {
  const name = result?.adapter_name ?? params.adapter_name;
  return typeof name === "string" ? name : null;
}
