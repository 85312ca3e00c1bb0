/** An open page outlives an upgrade of the service: its chunks are gone then, and its forms may be old. */

import { useState } from "react";

import { usePulse } from "@/api/pulse";

const KEY = "reloaded-at";
const GUARD_MS = 60_000;

/** Loads the page again when a chunk of it is gone; once a minute at most, so that it never turns in a circle. */
export function reloadForMissingChunks(reload = () => window.location.reload()): void {
  window.addEventListener("vite:preloadError", () => {
    if (mayReload(Date.now())) reload();
  });
}

/** False when it was done just now, or when nothing would tell that it was. */
function mayReload(now: number): boolean {
  try {
    if (now - Number(sessionStorage.getItem(KEY) ?? 0) < GUARD_MS) return false;
    sessionStorage.setItem(KEY, String(now));
    return true;
  } catch {
    return false;
  }
}

/** Whether the service is of another version than the page, which came from the first one that answered. */
export function useNewVersion(): boolean {
  const version = usePulse()?.version;
  const [first, setFirst] = useState(version);
  if (first === undefined && version !== undefined) setFirst(version);
  return first !== undefined && version !== undefined && version !== first;
}
