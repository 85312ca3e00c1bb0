/** How curves are looked at: in the address, so that a reload or a shared link shows the same. */

import { useCallback, useEffect, useRef, useState } from "react";

import { useLateSearch } from "@/lib/use-late-search";

export const AXES = ["step", "tokens", "time"] as const;
export type Axis = (typeof AXES)[number];

/** 1 would flatten everything to the first value. */
export const MOST_SMOOTHING = 0.999;

export interface Range {
  min: number;
  max: number;
}

export interface CurveView {
  x: Axis;
  /** Share of the previous smoothed value in each point. */
  smoothing: number;
  log: boolean;
  /** The height is that of all but the outermost values. */
  withoutOutliers: boolean;
  /** Only the last tenth. */
  last: boolean;
  /** What was zoomed into, on the axis `x`. */
  zoom: Range | null;
  /** The chart that is shown alone. */
  large: string | null;
  table: boolean;
}

export const USUAL_VIEW: CurveView = {
  x: "step",
  smoothing: 0.6,
  log: false,
  withoutOutliers: false,
  last: false,
  zoom: null,
  large: null,
  table: false,
};

/** Typing in the address bar of some browsers is refused after a hundred changes in half a minute. */
const ADDRESS_AFTER_MS = 300;

const NAMES = { x: "x", smoothing: "smooth", log: "log", withoutOutliers: "outliers", last: "last", zoom: "zoom", large: "chart", table: "table" } as const;

/** The view, and what changes it. */
export function useCurveView(): [CurveView, (changes: Partial<CurveView>) => void] {
  const [params, write] = useLateSearch();
  const [view, setView] = useState(() => viewOf(params));
  const written = useRef(view);
  const change = useCallback((changes: Partial<CurveView>) => setView((before) => ({ ...before, ...changes })), []);

  useEffect(() => {
    if (written.current === view) return;
    const timer = setTimeout(() => {
      written.current = view;
      write((before) => withView(before, view));
    }, ADDRESS_AFTER_MS);
    return () => clearTimeout(timer);
  }, [view, write]);
  return [view, change];
}

export function viewOf(params: URLSearchParams): CurveView {
  const x = AXES.find((axis) => axis === params.get(NAMES.x)) ?? USUAL_VIEW.x;
  return {
    x,
    smoothing: smoothingOf(params.get(NAMES.smoothing)),
    log: params.get(NAMES.log) === "1",
    withoutOutliers: params.get(NAMES.withoutOutliers) === "0",
    last: params.get(NAMES.last) === "1",
    zoom: zoomOf(params.get(NAMES.zoom)),
    large: params.get(NAMES.large),
    table: params.get(NAMES.table) === "1",
  };
}

/** The address with what differs from the usual view. */
export function withView(params: URLSearchParams, view: CurveView): URLSearchParams {
  const written: Record<string, string | null> = {
    [NAMES.x]: view.x === USUAL_VIEW.x ? null : view.x,
    [NAMES.smoothing]: view.smoothing === USUAL_VIEW.smoothing ? null : String(view.smoothing),
    [NAMES.log]: view.log ? "1" : null,
    [NAMES.withoutOutliers]: view.withoutOutliers ? "0" : null,
    [NAMES.last]: view.last ? "1" : null,
    [NAMES.zoom]: view.zoom && `${shortened(view.zoom.min)}~${shortened(view.zoom.max)}`,
    [NAMES.large]: view.large,
    [NAMES.table]: view.table ? "1" : null,
  };
  const changed = new URLSearchParams(params);
  for (const [name, value] of Object.entries(written)) {
    if (value === null) changed.delete(name);
    else changed.set(name, value);
  }
  return changed;
}

function smoothingOf(text: string | null): number {
  const value = Number(text);
  return text !== null && value >= 0 && value <= MOST_SMOOTHING ? value : USUAL_VIEW.smoothing;
}

function zoomOf(text: string | null): Range | null {
  const [min = NaN, max = NaN] = (text ?? "").split("~").map(Number);
  return min < max ? { min, max } : null;
}

function shortened(value: number): string {
  return String(Number(value.toPrecision(8)));
}
