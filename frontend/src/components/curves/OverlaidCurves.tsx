import { lazy, Suspense, useCallback, useMemo } from "react";

import { overlaidData, type OverlaidRun, overlaidStyles } from "@/components/curves/overlay";
import type { Mark } from "@/components/curves/plot-options";
import type { CurveView, Range } from "@/components/curves/view";
import { formatMetric } from "@/lib/format";

const CurvePlot = lazy(() => import("@/components/curves/CurvePlot"));

interface OverlaidCurvesProps {
  title: string;
  /** Of the rows of `metrics.jsonl`, e.g. "loss". */
  metric: string;
  /** Up to six. */
  runs: OverlaidRun[];
  view: CurveView;
  onZoom: (zoom: Range | null) => void;
  height?: number;
  format?: (value: number | null | undefined) => string;
}

const HEIGHT = 260;
const NO_MARKS: Mark[] = [];

/** One metric of several runs, a line for each; charts on one page share cursor and zoom. */
export function OverlaidCurves({ title, metric, runs, view, onZoom, height = HEIGHT, format = formatMetric }: OverlaidCurvesProps) {
  const read = useCallback(() => overlaidData(runs, metric, view), [runs, metric, view]);
  const styles = useMemo(() => overlaidStyles(runs, metric), [runs, metric]);
  const points = runs.reduce((sum, { curve }) => sum + curve.length, 0);
  return (
    <Suspense fallback={<div style={{ height: height + CAPTION }} />}>
      <CurvePlot
        title={title}
        summary={`${title} of ${styles.map(({ label }) => label).join(", ")}.`}
        styles={styles}
        axis={view.x}
        log={view.log}
        height={height}
        group="compared"
        format={format}
        version={points}
        read={read}
        zoom={view.zoom}
        withoutOutliers={view.withoutOutliers}
        marks={NO_MARKS}
        onZoom={onZoom}
      />
    </Suspense>
  );
}

/** Title and values above a plot. */
export const CAPTION = 50;
