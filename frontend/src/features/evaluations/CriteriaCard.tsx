import type { Summary } from "@/api/evaluation-types";
import { Card } from "@/components/Card";
import { MeanTable } from "@/features/evaluations/MeanTable";
import { nameOf } from "@/features/evaluations/words";
import { formatScore } from "@/lib/score";

/** What the judge thought of each side of the answers. */
export function CriteriaCard({ summary }: { summary: Summary }) {
  const { criteria, criteria_help: help, score } = summary;
  const rows = Object.entries(criteria).map(([name, mean]) => ({ ...mean, name: nameOf(name), help: help[name] }));
  if (rows.length === 0) return null;
  return (
    <Card title={`Criteria, ${summary.model}`}>
      <MeanTable label="Criteria" first="Criterion" rows={rows} scale={score.scale} format={(value) => formatScore(value, score.scale)} />
    </Card>
  );
}
