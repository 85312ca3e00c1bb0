/** Where in a log somebody reads: in the address, so that a reload or a link comes back to it. */

import { useEffect, useEffectEvent, useRef } from "react";
import { useLocation } from "react-router";

import type { Marked } from "@/components/log/LogView";
import { useLateSearch } from "@/lib/use-late-search";

const NAME = "line";
const ADDRESS_AFTER_MS = 500;

/** "#L10" or "#L10-L20": the lines of a link, counted from 1 there and from 0 here. */
export function linesNamed(hash: string): Marked | null {
  const [, from, to] = /^#L(\d+)(?:-L?(\d+))?$/.exec(hash) ?? [];
  if (from === undefined) return null;
  const [first, last] = [Number(from) - 1, Number(to ?? from) - 1];
  return { from: Math.min(first, last), to: Math.max(first, last) };
}

/**
 * Goes to the place that the address names, once there are lines, and then keeps it there.
 *
 * @param top number of the line at the top; -1 while the end is followed, null while that is no place in the log.
 */
export function useLogPlace(top: number | null, isKnown: boolean, show: (line: number) => void): void {
  const { hash } = useLocation();
  const [params, write] = useLateSearch();
  const restored = useRef(false);
  const goTo = useEffectEvent(show);

  const restore = useEffectEvent(() => {
    const kept = Number(params.get(NAME));
    if (linesNamed(hash) === null && kept > 0) goTo(kept - 1 + ROWS_ABOVE);
  });
  useEffect(() => {
    if (!isKnown || restored.current) return;
    restored.current = true;
    restore();
  }, [isKnown]);

  useEffect(() => {
    const named = linesNamed(hash);
    if (isKnown && named) goTo(named.from);
  }, [isKnown, hash]);

  useEffect(() => {
    if (top === null || !restored.current) return;
    const timer = setTimeout(() => {
      const place = top < 0 ? null : String(top + 1);
      write((before) => (before.get(NAME) === place ? before : withPlace(before, place)));
    }, ADDRESS_AFTER_MS);
    return () => clearTimeout(timer);
  }, [top, write]);
}

/** A line is shown with some above it. */
const ROWS_ABOVE = 4;

function withPlace(params: URLSearchParams, place: string | null): URLSearchParams {
  const changed = new URLSearchParams(params);
  if (place === null) changed.delete(NAME);
  else changed.set(NAME, place);
  return changed;
}
