import { Button } from "@chakra-ui/react";
import { ArrowDown } from "lucide-react";
import { type KeyboardEventHandler, memo, type MouseEvent, type Ref } from "react";
import { useNavigate } from "react-router";

import type { Lines } from "@/components/log/log-layout";
import styles from "@/components/log/LogView.module.css";
import type { LogScroll } from "@/components/log/use-log-scroll";
import { formatCount } from "@/lib/format";
import { useStable } from "@/lib/use-stable";

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
  /** Told of a click on a line's text. */
  onPick?: (text: string) => void;
  ref?: Ref<HTMLDivElement>;
}

/** A long log of which only the visible lines are drawn. Scrolling up pauses, reaching the end follows again. */
export function LogView({ lines, scroll, height, wraps, marked, onKeyDown, onPick, ref }: LogViewProps) {
  const { first, last, layout } = scroll;
  const navigate = useNavigate();
  const pick = useStable((text: string) => onPick?.(text));
  /** Puts a line into the address; with Shift all from the marked one on. */
  const name = useStable((number: number, toHere: boolean) => {
    const hash = toHere && marked ? `L${marked.from + 1}-L${number + 1}` : `L${number + 1}`;
    void navigate({ search: window.location.search, hash }, { replace: true, preventScrollReset: true });
  });
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
              <Line
                key={lines.numberOf(index)}
                number={lines.numberOf(index)}
                text={lines.textOf(index)}
                isMarked={marked !== null && lines.numberOf(index) >= marked.from && lines.numberOf(index) <= marked.to}
                onNumber={name}
                onPick={pick}
              />
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

interface LineProps {
  number: number;
  text: string;
  isMarked: boolean;
  onNumber: (number: number, toHere: boolean) => void;
  onPick: (text: string) => void;
}

/** A line and its address; drawn once, however the log is scrolled. */
const Line = memo(function Line({ number, text, isMarked, onNumber, onPick }: LineProps) {
  const onClick = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    onNumber(number, event.shiftKey);
  };
  return (
    <div className={isMarked ? `${styles.line} ${styles.marked}` : styles.line}>
      <a
        className={styles.number}
        data-number={number + 1}
        aria-label={`Line ${number + 1}`}
        tabIndex={-1}
        href={`#L${number + 1}`}
        onClick={onClick}
      />
      <span className={styles.text} onClick={() => onPick(text)}>
        {text}
      </span>
    </div>
  );
});
