/** What this browser keeps between visits. Storage may be blocked, full, or hold what another version wrote. */

export type Kept = "kept" | "full" | "blocked";

/** The value under a key, as whatever JSON it is; `undefined` when there is none or it cannot be read. */
export function readStored(key: string): unknown {
  try {
    const text = localStorage.getItem(key);
    return text === null ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

/** Keeps a value, and says when that was not possible. */
export function writeStored(key: string, value: unknown): Kept {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return "kept";
  } catch (error) {
    return isQuota(error) ? "full" : "blocked";
  }
}

/** Forgets what was kept under a key. */
export function forgetStored(key: string): void {
  try {
    localStorage.removeItem(key);
  } catch {
    // Blocked: then nothing was kept either.
  }
}

function isQuota(error: unknown): boolean {
  return error instanceof DOMException && /quota/i.test(error.name);
}
