import { useEffect, useRef, useState } from "react";

/** The value, taken over at most every so often: a text that changes each second cannot be listened to. */
export function useSlow<T>(value: T, milliseconds: number): T {
  const [shown, setShown] = useState(value);
  const taken = useRef(-Infinity);
  useEffect(() => {
    const wait = Math.max(0, taken.current + milliseconds - performance.now());
    const timer = setTimeout(() => {
      taken.current = performance.now();
      setShown(value);
    }, wait);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return shown;
}
