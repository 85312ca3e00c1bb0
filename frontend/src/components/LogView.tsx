import { Button } from "@chakra-ui/react";
import { ArrowDown } from "lucide-react";
import { useLayoutEffect, useRef, useState } from "react";

import styles from "@/components/LogView.module.css";
import { formatCount } from "@/lib/format";

/** As in the style sheet: with rows of one height, what is visible is a division. */
const ROW = 18;
const HEIGHT = 324;
const OVERSCAN = 6;
const DRAWN = HEIGHT / ROW + 2 * OVERSCAN;

interface LogViewProps {
  lines: string[];
  /** Lines of the log before the first one held. */
  dropped: number;
}

/** A long log of which only the visible lines are drawn. Scrolling up pauses, reaching the end follows again. */
export function LogView({ lines, dropped }: LogViewProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [scrollTop, setScrollTop] = useState(0);
  const [pausedAt, setPausedAt] = useState<number | null>(null);
  const follows = pausedAt === null;
  const total = dropped + lines.length;

  useLayoutEffect(() => {
    if (follows && scroller.current) scroller.current.scrollTop = scroller.current.scrollHeight;
  }, [follows, total, lines]);

  const onScroll = ({ currentTarget: { scrollTop: top, scrollHeight, clientHeight } }: React.UIEvent) => {
    setScrollTop(top);
    const atEnd = scrollHeight - top - clientHeight < ROW;
    // Only a move upwards is the reader's: following moves downwards, and so do new lines.
    if (atEnd) setPausedAt(null);
    else if (top < scrollTop) setPausedAt((before) => before ?? total);
  };

  // While following, the drawn rows come from the end: the last scroll event is one piece of text too old.
  const top = follows ? Math.max(0, lines.length - HEIGHT / ROW) : Math.floor(scrollTop / ROW);
  const first = Math.max(0, Math.min(top, lines.length - 1) - OVERSCAN);
  return (
    <div className={styles.frame}>
      <div ref={scroller} role="log" aria-live="off" aria-label="Log" tabIndex={0} className={styles.scroller} onScroll={onScroll}>
        <div className={styles.canvas} style={{ height: lines.length * ROW, paddingTop: first * ROW }}>
          {lines.slice(first, first + DRAWN).map((line, index) => (
            <div key={dropped + first + index} className={styles.line}>
              {line}
            </div>
          ))}
        </div>
      </div>
      {!follows && (
        <Button className={styles.follow} size="xs" onClick={() => setPausedAt(null)}>
          <ArrowDown aria-hidden />
          {total > pausedAt ? `Follow · ${formatCount(total - pausedAt)} new` : "Follow"}
        </Button>
      )}
    </div>
  );
}
