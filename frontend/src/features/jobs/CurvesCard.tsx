import { Button, Text } from "@chakra-ui/react";
import { Suspense, useMemo } from "react";

import { Card } from "@/components/Card";
import { type Chart, chartsOf } from "@/components/curves/charts";
import { type Curve, STEP } from "@/components/curves/curve";
import { CurveControls } from "@/components/curves/CurveControls";
import { axisOf } from "@/components/curves/plot-data";
import type { Mark } from "@/components/curves/plot-options";
import { AXES, type CurveView, USUAL_VIEW, useCurveView } from "@/components/curves/view";
import { CurveChart } from "@/features/jobs/CurveChart";
import { warningOf } from "@/features/jobs/curve-notes";
import type { CurveStore } from "@/features/jobs/curve-store";
import styles from "@/features/jobs/CurvesCard.module.css";
import { CurveTable } from "@/features/jobs/CurveTable";
import { useExactZoom } from "@/features/jobs/use-exact-zoom";
import { formatCounted } from "@/lib/format";
import { useShortcut } from "@/lib/shortcuts";
import { useStore } from "@/lib/store";

const CHART_HEIGHT = 200;
const LARGE_HEIGHT = 440;

interface CurvesCardProps {
  jobId: string;
  store: CurveStore;
  ended: boolean;
  /** Told of the step that was clicked on. */
  onStep: (step: number) => void;
}

/** What a run measured, as it comes: small charts over one axis, with one cursor and one zoom. */
export function CurvesCard({ jobId, store, ended, onStep }: CurvesCardProps) {
  const version = useStore(store);
  const [view, setView] = useCurveView();
  const { curve } = store;
  const names = curve.names.join();
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the curve grows in place: which charts there are changes with its names
  const charts = useMemo(() => chartsOf(curve), [curve, names]);
  useExactZoom(jobId, store, view);
  useCurveKeys(charts, view, setView);
  if (curve.length === 0) return ended ? null : <NoCurveYet />;
  return (
    <Card title="Curves" aside={<CurveControls view={view} onChange={setView} axes={AXES.filter((axis) => axis === "step" || curve.has(axis))} />}>
      <Notes curve={curve} view={view} onView={setView} />
      {view.table ? (
        <CurveTable curve={curve} charts={charts} />
      ) : (
        <Charts charts={charts} curve={curve} version={version} view={view} onView={setView} onStep={onStep} />
      )}
    </Card>
  );
}

interface ChartsProps {
  charts: Chart[];
  curve: Curve;
  version: number;
  view: CurveView;
  onView: (changes: Partial<CurveView>) => void;
  onStep: (step: number) => void;
}

function Charts({ charts, curve, version, view, onView, onStep }: ChartsProps) {
  const large = charts.find(({ id }) => id === view.large);
  const height = large ? LARGE_HEIGHT : CHART_HEIGHT;
  const evaluations = useEvaluations(curve, version, view);
  return (
    <div className={large ? styles.alone : styles.grid}>
      <Suspense fallback={<div style={{ height: height + 50 }} />}>
        {(large ? [large] : charts).map((chart) => (
          <CurveChart
            key={chart.id}
            chart={chart}
            curve={curve}
            version={version}
            view={view}
            onView={onView}
            height={height}
            marks={evaluations}
            onPick={(x) => onStep(stepAt(curve, view, x))}
          />
        ))}
      </Suspense>
    </div>
  );
}

/** What deserves a look, and what the charts do not show. */
function Notes({ curve, view, onView }: { curve: Curve; view: CurveView; onView: (changes: Partial<CurveView>) => void }) {
  const warning = warningOf(curve);
  const leftOut = view.log ? curve.names.reduce((most, name) => Math.max(most, curve.column(name).filter((value) => value <= 0).length), 0) : 0;
  return (
    <div className={styles.notes}>
      {warning && <Text color="fg.warning">{warning}</Text>}
      {curve.isReduced() && <Text>Reduced view: each point is the mean of several steps, the band their extremes. Zoom in for each step.</Text>}
      {leftOut > 0 && <Text>{`${formatCounted(leftOut, "value")} of zero or less have no place on a logarithmic axis.`}</Text>}
      <span className={styles.gap} />
      {view.zoom && (
        <Button size="xs" variant="outline" onClick={() => onView({ zoom: null })}>
          Show everything
        </Button>
      )}
      <Button size="xs" variant="ghost" aria-pressed={view.table} onClick={() => onView({ table: !view.table })}>
        {view.table ? "Charts" : "Table"}
      </Button>
    </div>
  );
}

function NoCurveYet() {
  return (
    <Card title="Curves">
      <Text color="fg.muted" py="6">
        The first point appears when training has logged its first step.
      </Text>
    </Card>
  );
}

function useEvaluations(curve: Curve, version: number, { x }: CurveView): Mark[] {
  return useMemo(() => {
    const xs = axisOf(curve, x);
    const evaluated = curve.column("eval_loss");
    return [...evaluated.keys()].filter((at) => !Number.isNaN(evaluated[at])).map((at) => ({ x: xs[at] ?? 0, label: "evaluated" }));
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the curve grows in place: its version tells
  }, [curve, version, x]);
}

function stepAt(curve: Curve, { x }: CurveView, place: number): number {
  const at = axisOf(curve, x).findIndex((value) => value >= place);
  return curve.column(STEP)[at] ?? 0;
}

function useCurveKeys(charts: Chart[], view: CurveView, setView: (changes: Partial<CurveView>) => void): void {
  const alone = charts.findIndex(({ id }) => id === view.large);
  useShortcut("f", "Curves: show everything", () => setView({ zoom: null, last: false }));
  useShortcut("Escape", "Curves: leave the zoom", () => setView({ zoom: null }), view.zoom !== null);
  useShortcut("l", "Curves: logarithmic axis", () => setView({ log: !view.log }));
  useShortcut("s", "Curves: smoothing on and off", () => setView({ smoothing: view.smoothing > 0 ? 0 : USUAL_VIEW.smoothing }));
  useShortcut("m", "Curves: next chart alone", () => setView({ large: charts[alone + 1]?.id ?? null }));
}
