import { ClipboardCopy, FileDown, Maximize2, Minimize2 } from "lucide-react";
import { lazy, useCallback, useMemo, useRef } from "react";

import { ActionMenu } from "@/components/ActionMenu";
import type { Chart } from "@/components/curves/charts";
import type { Curve } from "@/components/curves/curve";
import { plotData, type PlotData, stylesOf } from "@/components/curves/plot-data";
import type { Mark } from "@/components/curves/plot-options";
import type { CurveView } from "@/components/curves/view";
import { toast } from "@/components/toasts";
import { copyPicture, saveRows } from "@/features/jobs/curve-export";
import { summaryOf } from "@/features/jobs/curve-notes";
import { useSlow } from "@/lib/use-slow";

const CurvePlot = lazy(() => import("@/components/curves/CurvePlot"));

/** A sentence that changes with every step cannot be listened to. */
const SUMMARY_EVERY_MS = 30_000;

interface CurveChartProps {
  chart: Chart;
  curve: Curve;
  version: number;
  view: CurveView;
  onView: (changes: Partial<CurveView>) => void;
  height: number;
  marks: Mark[];
  onPick: (x: number) => void;
}

/** One chart of a run, with what can be done with it. */
export function CurveChart({ chart, curve, version, view, onView, height, marks, onPick }: CurveChartProps) {
  const drawn = useRef<PlotData | null>(null);
  const place = useRef<HTMLDivElement>(null);
  const read = useCallback(() => plotData(chart.metrics, curve, view), [chart, curve, view]);
  const names = curve.names.length;
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the curve grows in place: which lines there are changes with its names
  const styles = useMemo(() => stylesOf(chart.metrics, curve, view), [chart, curve, view.smoothing, names]);
  const summary = useSlow(summaryOf(chart, curve), SUMMARY_EVERY_MS);
  const isLarge = view.large === chart.id;
  const copy = async () => {
    const copied = place.current && (await copyPicture(place.current, chart.title));
    toast(copied ? { title: `${chart.title} copied`, tone: "success" } : { title: "The browser does not let a picture be copied", tone: "error" });
  };
  const items = [
    { label: isLarge ? "Show all charts" : "Show alone", icon: isLarge ? Minimize2 : Maximize2, onSelect: () => onView({ large: isLarge ? null : chart.id }) },
    { label: "Copy as picture", icon: ClipboardCopy, onSelect: () => void copy() },
    { label: "Save data as CSV", icon: FileDown, onSelect: () => drawn.current && saveRows(chart.title, view.x, styles, drawn.current) },
  ];
  return (
    <div ref={place} style={{ minWidth: 0 }}>
      <CurvePlot
        title={chart.title}
        summary={summary}
        styles={styles}
        axis={view.x}
        log={view.log}
        height={height}
        group="run"
        format={chart.format}
        version={version}
        read={read}
        zoom={view.zoom}
        withoutOutliers={view.withoutOutliers}
        marks={marks}
        onZoom={(zoom) => onView({ zoom })}
        onPick={onPick}
        onData={(data) => (drawn.current = data)}
        actions={<ActionMenu label={`Actions for ${chart.title}`} items={items} />}
      />
    </div>
  );
}
