import { SimpleGrid, Text } from "@chakra-ui/react";

import { Card } from "@/components/Card";
import { CurveControls } from "@/components/curves/CurveControls";
import { OverlaidCurves } from "@/components/curves/OverlaidCurves";
import { AXES, type Axis, useCurveView } from "@/components/curves/view";
import type { ComparedRun } from "@/features/compare/use-compared";

const CHARTS = [
  { metric: "loss", title: "Training loss" },
  { metric: "eval_loss", title: "Evaluation loss" },
];

/** The losses of all runs, one above the other, over steps, tokens or time. */
export function CurvesCard({ runs }: { runs: ComparedRun[] }) {
  const [view, change] = useCurveView();
  const charts = CHARTS.filter(({ metric }) => runs.some(({ curve }) => curve.has(metric)));
  const axes = AXES.filter((axis): axis is Axis => axis === "step" || runs.every(({ curve }) => curve.has(axis)));
  if (charts.length === 0) {
    return (
      <Card title="Curves">
        <Text color="fg.muted">None of these runs has told a loss.</Text>
      </Card>
    );
  }
  return (
    <Card title="Curves" aside={<CurveControls view={view} onChange={change} axes={axes} />}>
      <SimpleGrid columns={{ base: 1, xl: charts.length }} gap="6">
        {charts.map(({ metric, title }) => (
          <OverlaidCurves key={metric} title={title} metric={metric} runs={runs} view={view} onZoom={(zoom) => change({ zoom })} />
        ))}
      </SimpleGrid>
    </Card>
  );
}
