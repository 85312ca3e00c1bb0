import { type RefObject, type UIEventHandler, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

import { evenLayout, type Layout, type Lines, ROW_PX, WrappedRows } from "@/components/log/log-layout";

const OVERSCAN = 8;
/** Width of the line's number in characters, as in the style sheet. */
const NUMBER_COLUMNS = 9;

export type Place = RefObject<HTMLDivElement | null>;

export interface LogScroll {
  layout: Layout;
  /** The lines to draw. */
  first: number;
  last: number;
  /** The line at the top. */
  top: number;
  follows: boolean;
  /** Lines that came since the reader stopped following. */
  fresh: number;
  onScroll: UIEventHandler;
  follow: () => void;
  pause: () => void;
  /** Shows a line, in the upper part; one that is seen already stays where it is. */
  goTo: (index: number) => void;
}

/**
 * What of a long list is seen. `key` tells which list it is: another filter is another one.
 *
 * @param end the number behind the last line, to count the fresh ones.
 */
export function useLogScroll(place: Place, lines: Lines, end: number, wraps: boolean, key: string): LogScroll {
  const [scrollTop, setScrollTop] = useState(0);
  const [size, setSize] = useState({ height: 324, columns: 100 });
  const [pausedAt, setPausedAt] = useState<number | null>(null);
  const [rows] = useState(() => new WrappedRows());
  const follows = pausedAt === null;
  const start = lines.count > 0 ? lines.numberOf(0) : 0;
  const layout = wraps ? rows.layout(lines, size.columns, `${key} ${size.columns} ${start}`) : evenLayout(lines.count);

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      const columns = Math.max(20, Math.floor(element.clientWidth / characterWidth(element)) - NUMBER_COLUMNS - 1);
      setSize({ height: element.clientHeight, columns });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [place]);

  useLayoutEffect(() => {
    if (follows) place.current?.scrollTo({ top: place.current.scrollHeight });
  }, [place, follows, end, layout.height, size.height]);

  useStill(place, start, follows, layout);

  const onScroll: UIEventHandler = ({ currentTarget: { scrollTop: top, scrollHeight, clientHeight } }) => {
    setScrollTop(top);
    const atEnd = scrollHeight - top - clientHeight < ROW_PX;
    // Only a move upwards is the reader's: following moves downwards, and so do new lines.
    if (atEnd) setPausedAt(null);
    else if (top < scrollTop) setPausedAt((before) => before ?? end);
  };
  const pause = useCallback(() => setPausedAt((before) => before ?? end), [end]);
  // While following, the drawn rows come from the end: the last scroll event is one piece of text too old.
  const from = follows ? Math.max(0, layout.height - size.height) : scrollTop;
  const goTo = (index: number) => {
    pause();
    const wanted = layout.topOf(index);
    if (wanted >= from && wanted <= from + size.height - 2 * ROW_PX) return;
    const top = Math.max(0, wanted - 4 * ROW_PX);
    place.current?.scrollTo({ top });
    setScrollTop(top);
  };

  const top = Math.min(layout.at(from), Math.max(0, lines.count - 1));
  return {
    layout,
    first: Math.max(0, top - OVERSCAN),
    last: Math.min(lines.count, layout.at(from + size.height) + OVERSCAN),
    top,
    follows,
    fresh: follows ? 0 : end - pausedAt,
    onScroll,
    follow: useCallback(() => setPausedAt(null), []),
    pause,
    goTo,
  };
}

/** Of the fixed-width font that the system has. */
function characterWidth(element: HTMLElement): number {
  const pen = document.createElement("canvas").getContext("2d");
  if (!pen) return 7;
  pen.font = getComputedStyle(element).font;
  return pen.measureText("0").width || 7;
}

/** Keeps what is read in its place when lines come or leave above it. */
function useStill(place: Place, start: number, follows: boolean, layout: Layout): void {
  const before = useRef({ start, layout });
  useLayoutEffect(() => {
    const { start: was, layout: old } = before.current;
    before.current = { start, layout };
    if (was === start || follows || !place.current) return;
    place.current.scrollBy({ top: start < was ? layout.topOf(was - start) : -old.topOf(start - was) });
  }, [place, start, follows, layout]);
}
