import "uplot/dist/uPlot.min.css";

import { type RefObject, useEffect, useEffectEvent, useRef } from "react";
import uPlot from "uplot";

import { pointed } from "@/components/curves/cursor";
import type { PlotData } from "@/components/curves/plot-data";
import { alignedData, type Mark, type PlotInput, plotOptions, type PlotState } from "@/components/curves/plot-options";
import type { Range } from "@/components/curves/view";
import { useColorMode } from "@/lib/color-mode";
import { inFrame, notInFrame } from "@/lib/frames";

export interface PlotProps extends Omit<PlotInput, "width"> {
  /** Changes with the points. */
  version: number;
  /** Makes the points; asked in a frame of the chart's own, and only while the chart can be seen. */
  read: () => PlotData;
  zoom: Range | null;
  withoutOutliers: boolean;
  marks: Mark[];
  onZoom: (zoom: Range | null) => void;
  onCursor: (index: number | null) => void;
  /** Told what is drawn. */
  onDrawn: (data: PlotData) => void;
}

const EMPTY: PlotData = { x: [], lines: [], leftOut: 0 };

export interface PlotHandle {
  place: RefObject<HTMLDivElement | null>;
  chart: RefObject<uPlot | null>;
}

/** Makes the chart anew when its shape changes, and feeds it when only its points do. */
export function usePlot(props: PlotProps): PlotHandle {
  const { axis, log, height, group, version, read, zoom, withoutOutliers, marks } = props;
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const isSeen = useRef(false);
  const state = useRef<PlotState>({ data: EMPTY, withoutOutliers, marks });
  const mode = useColorMode();
  const shape = JSON.stringify(props.styles);

  const draw = useEffectEvent(() => {
    const plot = chart.current;
    if (!plot || !isSeen.current) return;
    const data = read();
    state.current = { data, withoutOutliers, marks };
    plot.batch(() => {
      plot.setData(alignedData(data), false);
      plot.setScale("x", zoom ?? wholeOf(data.x));
    });
    props.onDrawn(data);
  });

  const create = useEffectEvent((element: HTMLElement) => {
    const { styles, format, onZoom, onCursor } = props;
    const input = { styles, axis, log, height, group, format, width: element.clientWidth };
    const events = { state: () => state.current, onZoom, onCursor };
    return new uPlot(plotOptions(input, events), [[], ...styles.map(() => [])], element);
  });

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const plot = create(element);
    chart.current = plot;
    const sizes = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    const sight = new IntersectionObserver(([entry]) => {
      isSeen.current = entry?.isIntersecting ?? false;
      inFrame(element, draw);
    });
    sizes.observe(element);
    sight.observe(element);
    return () => {
      sizes.disconnect();
      sight.disconnect();
      notInFrame(element);
      plot.destroy();
      chart.current = null;
    };
  }, [shape, axis, log, height, group, mode]);

  useEffect(() => {
    if (place.current) inFrame(place.current, draw);
  }, [version, read, zoom, withoutOutliers, marks]);

  useEffect(
    () =>
      pointed.subscribe(() => {
        const plot = chart.current;
        const at = pointed.get();
        if (plot && at && isSeen.current) plot.setCursor({ left: plot.valToPos(at.x, "x"), top: 0 });
      }),
    [],
  );

  return { place, chart };
}

/** All of the axis; around one point alone, a little to both sides. */
function wholeOf(x: number[]): Range {
  const [min, max] = [x[0] ?? 0, x.at(-1) ?? 1];
  return min < max ? { min, max } : { min: min - 1, max: max + 1 };
}
