import { useEffect, useState } from "react";

/** How long a change stands beside its figure. */
const SHOWN_MS = 4000;

/** By how much a figure has just changed; null when it has not for a while, or was not known before. */
export function useChange(value: number | null | undefined): number | null {
  const [seen, setSeen] = useState(value);
  const [change, setChange] = useState<number | null>(null);
  if (value != null && value !== seen) {
    setSeen(value);
    setChange(seen == null ? null : value - seen);
  }
  useEffect(() => {
    if (change === null) return;
    const timer = setTimeout(() => setChange(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [change, seen]);
  return change || null;
}
