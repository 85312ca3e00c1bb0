import { Button, Input } from "@chakra-ui/react";
import { ChevronDown, ChevronUp, Download, Volume2, WrapText } from "lucide-react";
import { memo, type RefObject, useState } from "react";

import { logAddress } from "@/api/job-log";
import { CopyButton } from "@/components/CopyButton";
import { IconAction } from "@/components/IconAction";
import type { JobFeed } from "@/features/jobs/job-feed";
import styles from "@/features/jobs/LogTools.module.css";
import { formatCount, formatCounted } from "@/lib/format";

const READ_LINES = 20;

interface LogToolsProps {
  feed: JobFeed;
  /** Changes with the lines. */
  end: number;
  query: string;
  onQuery: (query: string) => void;
  /** Lines that hold what is looked for. */
  found: number | null;
  filter: RefObject<HTMLInputElement | null>;
  wraps: boolean;
  onWraps: (wraps: boolean) => void;
  onError: (step: 1 | -1) => void;
  onLine: (line: number) => void;
}

/** What can be done with a log; drawn anew when lines come, and not when somebody scrolls. */
export const LogTools = memo(function LogTools({ feed, query, onQuery, found, filter, wraps, onWraps, onError, onLine }: LogToolsProps) {
  const { log, jobId } = feed;
  return (
    <div className={styles.tools}>
      {found !== null && <span aria-live="polite">{formatCounted(found, "line")}</span>}
      <Input
        ref={filter}
        type="search"
        size="xs"
        w="180px"
        aria-label="Show only lines with"
        placeholder="Filter ( / )"
        value={query}
        onChange={({ target }) => onQuery(target.value)}
      />
      <Warnings feed={feed} onLine={onLine} />
      {log.errors.length > 0 && (
        <>
          <span>{formatCounted(log.errors.length, "error")}</span>
          <IconAction label="Error before" icon={ChevronUp} onClick={() => onError(-1)} />
          <IconAction label="Next error" icon={ChevronDown} onClick={() => onError(1)} />
        </>
      )}
      <IconAction label="Wrap long lines" icon={WrapText} aria-pressed={wraps} onClick={() => onWraps(!wraps)} />
      <ReadAloud feed={feed} />
      <IconAction label="Download the log" icon={Download} onClick={() => window.location.assign(logAddress(jobId))} />
      <CopyButton text={() => log.text()} label="Copy the log" iconOnly />
    </div>
  );
});

/** The warnings, each once with how often it was given. */
function Warnings({ feed, onLine }: Pick<LogToolsProps, "feed" | "onLine">) {
  const warnings = [...feed.log.warnings.values()];
  if (warnings.length === 0) return null;
  const all = warnings.reduce((sum, { count }) => sum + count, 0);
  return (
    <details className={styles.warnings}>
      <summary>{formatCounted(all, "warning")}</summary>
      <ul>
        {warnings.map(({ text, count, line }) => (
          <li key={line}>
            <Button size="xs" variant="ghost" maxW="100%" onClick={() => onLine(line)}>
              <span className={styles.warning}>{text}</span>
              {count > 1 && ` × ${formatCount(count)}`}
            </Button>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The log says nothing by itself, as it would say everything: its end is read on request. */
function ReadAloud({ feed: { log } }: Pick<LogToolsProps, "feed">) {
  const [said, setSaid] = useState("");
  const read = () => {
    const { first, end } = log.get();
    const from = Math.max(first, end - READ_LINES);
    setSaid(Array.from({ length: end - from }, (_, index) => log.line(from + index)).join("\n"));
  };
  return (
    <>
      <IconAction label={`Read the last ${READ_LINES} lines aloud`} icon={Volume2} onClick={read} />
      <span className={styles.said} aria-live="polite">
        {said}
      </span>
    </>
  );
}
