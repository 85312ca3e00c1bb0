import type { Summary } from "@/api/evaluation-types";
import { Card } from "@/components/Card";
import { MeanTable } from "@/features/evaluations/MeanTable";
import { formatScore } from "@/lib/score";

/** The score by category of question: what a mean over all of them may hide. */
export function CategoriesCard({ summary }: { summary: Summary }) {
  const { categories, score } = summary;
  if (categories.length === 0) return null;
  return (
    <Card title={`Categories, ${summary.model}`}>
      <MeanTable label="Categories" first="Category" rows={categories} scale={score.scale} format={(value) => formatScore(value, score.scale)} />
    </Card>
  );
}
