import { Text } from "@chakra-ui/react";
import { type KeyboardEvent, useCallback, useEffect, useEffectEvent, useRef, useState } from "react";
import { useLocation, useSearchParams } from "react-router";

import { Card } from "@/components/Card";
import { pointed } from "@/components/curves/cursor";
import { LogView } from "@/components/log/LogView";
import logStyles from "@/components/log/LogView.module.css";
import { useLogScroll } from "@/components/log/use-log-scroll";
import type { JobFeed } from "@/features/jobs/job-feed";
import { linesNamed, useLogPlace } from "@/features/jobs/log-place";
import { LogTools } from "@/features/jobs/LogTools";
import { useLogFilter } from "@/features/jobs/use-log-filter";
import { useStore } from "@/lib/store";
import { useStable } from "@/lib/use-stable";

const STEP_TOLD = /\bstep +(\d+)\/\d+/;

/** A line that tells of a step shows it on the curves. */
function pointAt(text: string): void {
  const [, step] = STEP_TOLD.exec(text) ?? [];
  if (step !== undefined) pointed.at(Number(step));
}

/** So near to the beginning of what is held, what lies before is read. */
const NEAR_LINES = 60;

interface LogCardProps {
  feed: JobFeed;
  ended: boolean;
  height: string;
  /** The line that was asked for last. */
  wanted: WantedLine | null;
  onWanted: (wanted: WantedLine) => void;
}

export interface WantedLine {
  line: number;
}

/** What the program prints. */
export function LogCard({ feed, ended, height, wanted, onWanted }: LogCardProps) {
  const { log, jobId } = feed;
  const state = useStore(log);
  const [params] = useSearchParams();
  const [query, setQuery] = useState(() => params.get("find") ?? "");
  const [wraps, setWraps] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const filter = useRef<HTMLInputElement>(null);
  const { hash } = useLocation();
  const { lines, isFiltered } = useLogFilter(jobId, log, state, query);
  const scroll = useLogScroll(place, lines, state.end, wraps, query);

  const show = useCallback((line: number) => onWanted({ line }), [onWanted]);
  const jump = useEffectEvent((line: number) => scroll.goTo(Math.max(0, line - state.first)));
  useEffect(() => {
    if (!wanted) return;
    void feed.loadUpTo(wanted.line).then(() => {
      setQuery("");
      requestAnimationFrame(() => jump(wanted.line)); // when all lines are drawn again
    });
  }, [feed, wanted]);
  useLogPlace(isFiltered ? null : scroll.follows ? -1 : state.first + scroll.top, state.end > 0, show);

  const nearStart = !isFiltered && !scroll.follows && scroll.top < NEAR_LINES && state.first > 0;
  useEffect(() => {
    if (nearStart) void feed.loadUpTo(log.get().first - 1);
  }, [nearStart, feed, log, state.first]);

  const toError = useStable((step: 1 | -1) => {
    const here = lines.count > 0 ? lines.numberOf(scroll.top) + 4 : 0;
    const next = step > 0 ? log.errors.find((line) => line > here) : log.errors.findLast((line) => line < here);
    if (next !== undefined) show(next);
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const isFind = (event.ctrlKey || event.metaKey) && event.key === "f";
    if (!isFind && (event.ctrlKey || event.metaKey || event.altKey)) return;
    const act = isFind ? () => filter.current?.focus() : keysOf(event.key);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  const keysOf = (key: string): (() => unknown) | undefined =>
    ({
      "/": () => filter.current?.focus(),
      n: () => toError(1),
      N: () => toError(-1),
      g: () => scroll.goTo(0),
      G: scroll.follow,
      w: () => setWraps(!wraps),
      " ": scroll.follows ? scroll.pause : scroll.follow,
    })[key];
  const isEmpty = state.end === 0 && state.live === "";
  const found = isFiltered ? lines.count : null;
  const tools = (
    <LogTools feed={feed} end={state.end} query={query} onQuery={setQuery} found={found} filter={filter} wraps={wraps} onWraps={setWraps} onError={toError} onLine={show} />
  );
  return (
    <Card title="Log" aside={isEmpty ? null : tools}>
      {isEmpty ? (
        <Text color="fg.muted" py="6">
          {ended ? "The program printed nothing." : "Nothing printed yet."}
        </Text>
      ) : (
        <>
          <LogView ref={place} lines={lines} scroll={scroll} height={height} wraps={wraps} marked={linesNamed(hash)} onKeyDown={onKeyDown} onPick={pointAt} />
          {state.live !== "" && <div className={logStyles.live}>{state.live}</div>}
        </>
      )}
    </Card>
  );
}
