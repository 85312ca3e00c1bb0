import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";

import { logMatchesQuery } from "@/api/job-log";
import type { Lines } from "@/components/log/log-layout";
import type { LogState, LogStore } from "@/features/jobs/log-store";
import { useDebounced } from "@/lib/use-debounced";

const SEARCH_AFTER_MS = 300;
/** Of those held, so many are looked through in one frame: 200,000 at once would hold up the page for 100 ms. */
const LINES_A_FRAME = 20_000;

interface Found {
  query: string;
  generation: number | undefined;
  /** Lines looked through: those from `from` up to `to`. */
  from: number;
  to: number;
  numbers: number[];
}

const NOTHING: Found = { query: "", generation: undefined, from: 0, to: 0, numbers: [] };

/** The lines that hold a text; all without one. What is not held any more, or not yet, the service looks through. */
export function useLogFilter(jobId: string, log: LogStore, state: LogState, query: string): { lines: Lines; isFiltered: boolean } {
  const found = useFound(log, state, query.toLowerCase());
  const wanted = useDebounced(query, SEARCH_AFTER_MS);
  const isPart = state.first > 0 && query !== "" && wanted === query;
  const earlier = useQuery({ ...logMatchesQuery(jobId, wanted, log.from > 0 ? log.from : undefined), enabled: isPart });
  return useMemo(() => {
    if (query === "") return { lines: allOf(log, state), isFiltered: false };
    const before = (isPart ? (earlier.data?.matches ?? []) : []).filter(({ line }) => line < state.first);
    const numbers = found.query === query.toLowerCase() ? found.numbers : [];
    const textOf = (index: number) => before[index]?.text ?? log.line(numbers[index - before.length] ?? -1);
    const numberOf = (index: number) => before[index]?.line ?? numbers[index - before.length] ?? 0;
    return { lines: { count: before.length + numbers.length, numberOf, textOf }, isFiltered: true };
  }, [log, state, query, found, isPart, earlier.data]);
}

function allOf(log: LogStore, { first, end }: LogState): Lines {
  return { count: end - first, numberOf: (index) => first + index, textOf: (index) => log.line(first + index) };
}

/** Looks through what is held, some of it each frame, and through what comes. */
function useFound(log: LogStore, { first, end }: LogState, query: string): Found {
  const [found, setFound] = useState(NOTHING);
  useEffect(() => {
    if (query === "") return;
    const isSame = found.query === query && found.generation === log.generation && found.from <= first;
    const begun = isSame ? found : { ...NOTHING, query, generation: log.generation, from: first, to: first };
    if (isSame && begun.to === end) return;
    const frame = requestAnimationFrame(() => {
      const to = Math.min(end, begun.to + LINES_A_FRAME);
      const numbers = [...begun.numbers];
      for (let number = Math.max(begun.to, first); number < to; number += 1) {
        if (log.line(number).toLowerCase().includes(query)) numbers.push(number);
      }
      setFound({ ...begun, to, numbers: numbers.filter((number) => number >= first) });
    });
    return () => cancelAnimationFrame(frame);
  }, [log, first, end, query, found]);
  return found;
}
