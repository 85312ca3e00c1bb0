import { useCallback, useLayoutEffect, useRef } from "react";

/** A function that stays the same and does what it was last given: what it is handed to is not drawn anew for it. */
export function useStable<Given extends unknown[]>(latest: (...given: Given) => void): (...given: Given) => void {
  const kept = useRef(latest);
  useLayoutEffect(() => {
    kept.current = latest;
  });
  return useCallback((...given: Given) => kept.current(...given), []);
}
