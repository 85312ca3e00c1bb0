import { Button } from "@chakra-ui/react";
import { ArrowDown } from "lucide-react";
import type { KeyboardEventHandler, Ref } from "react";
import { Link } from "react-router";

import type { Lines } from "@/components/log/log-layout";
import styles from "@/components/log/LogView.module.css";
import { type LogScroll, NUMBER_COLUMNS } from "@/components/log/use-log-scroll";
import { formatCount } from "@/lib/format";

export interface Marked {
  from: number;
  to: number;
}

interface LogViewProps {
  lines: Lines;
  scroll: LogScroll;
  height: string;
  wraps: boolean;
  marked: Marked | null;
  onKeyDown?: KeyboardEventHandler;
  ref?: Ref<HTMLDivElement>;
}

/** A long log of which only the visible lines are drawn. Scrolling up pauses, reaching the end follows again. */
export function LogView({ lines, scroll, height, wraps, marked, onKeyDown, ref }: LogViewProps) {
  const { first, last, layout } = scroll;
  const drawn = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);
  return (
    <div className={`${styles.frame} ${wraps ? styles.wrapped : ""}`}>
      <div
        ref={ref}
        role="log"
        aria-live="off"
        aria-label="Log"
        tabIndex={0}
        className={styles.scroller}
        style={{ height }}
        onScroll={scroll.onScroll}
        onKeyDown={onKeyDown}
      >
        <div className={styles.canvas} style={{ height: layout.height }}>
          <div className={styles.window} style={{ transform: `translateY(${layout.topOf(first)}px)` }}>
            {drawn.map((index) => (
              <Line key={lines.numberOf(index)} number={lines.numberOf(index)} text={lines.textOf(index)} marked={marked} />
            ))}
          </div>
        </div>
      </div>
      {!scroll.follows && (
        <Button className={styles.follow} size="xs" onClick={scroll.follow}>
          <ArrowDown aria-hidden />
          {scroll.fresh > 0 ? `Follow · ${formatCount(scroll.fresh)} new` : "Follow"}
        </Button>
      )}
    </div>
  );
}

/** The address of a line, or with Shift that of all from the marked one on. */
function Line({ number, text, marked }: { number: number; text: string; marked: Marked | null }) {
  const isMarked = marked !== null && number >= marked.from && number <= marked.to;
  return (
    <div className={isMarked ? `${styles.line} ${styles.marked}` : styles.line}>
      <Link
        className={styles.number}
        style={{ width: `${NUMBER_COLUMNS}ch` }}
        data-number={number + 1}
        aria-label={`Line ${number + 1}`}
        tabIndex={-1}
        replace
        preventScrollReset
        to={{ search: window.location.search, hash: `L${number + 1}` }}
      />
      <span className={styles.text}>{text}</span>
    </div>
  );
}
