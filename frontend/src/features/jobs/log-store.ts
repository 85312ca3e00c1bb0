import type { LogPiece } from "@/api/types";
import { Store } from "@/lib/store";

/** Some 20 MB of text at most: older lines leave, and the panel says how many did. */
export const MOST_LINES = 200_000;

export interface LogLines {
  lines: string[];
  /** Lines that were dropped at the beginning. */
  dropped: number;
  /** The unfinished last line, as it stands. */
  live: string;
}

const EMPTY: LogLines = { lines: [], dropped: 0, live: "" };

/** A job's log as it grows: whole lines kept, the unfinished one replaced, a new generation started afresh. */
export class LogStore extends Store<LogLines> {
  /** Where the next piece begins. */
  next: number | undefined;
  generation: number | undefined;

  constructor(private readonly mostLines = MOST_LINES) {
    super(EMPTY);
  }

  append(slice: LogPiece): void {
    const before = slice.generation === this.generation && slice.from === this.next ? this.get() : EMPTY;
    this.next = slice.next;
    this.generation = slice.generation;
    if (slice.text === "" && slice.live === before.live && before === this.get()) return;
    const added = slice.text === "" ? [] : slice.text.replace(/\n$/, "").split("\n");
    const lines = [...before.lines, ...added];
    const tooMany = Math.max(0, lines.length - this.mostLines);
    this.set({ lines: lines.slice(tooMany), dropped: before.dropped + tooMany, live: slice.live });
  }
}
