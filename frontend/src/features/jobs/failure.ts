/** What the log of a failed run says of its failure. */

const BEGINNING = "Traceback (most recent call last):";

/** The line of the whole log, counted from 1, that tells of the failure: where its trace begins, or its last error. */
export function errorLine(log: string[], end: number): number | null {
  const trace = log.lastIndexOf(BEGINNING);
  const at = trace === -1 ? log.findLastIndex((line) => line.startsWith("error:")) : trace;
  return at === -1 || end < log.length ? null : end - log.length + at + 1;
}

export interface LastWords {
  /** The last lines, without the trace. */
  lines: string[];
  /** The trace of an unexpected error, whole as far as the lines go; empty = none. */
  trace: string[];
}

/** Parts the end of a log into what a person reads at once and the trace, which takes fifty lines to say where. */
export function lastWords(log: string[], most: number): LastWords {
  const from = log.lastIndexOf(BEGINNING);
  if (from === -1) return { lines: log.slice(-most), trace: [] };
  // A trace is indented to its end, which is the error itself.
  const length = log.slice(from + 1).findIndex((line) => line !== "" && !line.startsWith(" "));
  const to = length === -1 ? log.length : from + length + 2;
  return { lines: [...log.slice(0, from), ...log.slice(to)].slice(-most), trace: log.slice(from, to) };
}
