import type { LogPiece } from "@/api/types";
import { Store } from "@/lib/store";

/** Some 20 MB of text at most: older lines leave, and are read again when somebody scrolls to them. */
export const MOST_LINES = 200_000;
/** Lines are kept in pieces, so that those of a tick are added to the last one and the rest stays where it is. */
const CHUNK_LINES = 1024;

/** That differ in more than their digits. */
const MOST_WARNINGS = 100;

const ERROR = /(error|exception|traceback|failed|fatal|out of memory)\b/i;
const WARNING = /warn(ing)?\b/i;

export interface LogState {
  /** Number of the first line held; the log's first is 0. */
  first: number;
  /** Behind the last line. */
  end: number;
  /** The unfinished last line, as it stands. */
  live: string;
}

interface Chunk {
  start: number;
  lines: string[];
}

export interface Warning {
  text: string;
  count: number;
  /** The last line that said it. */
  line: number;
}

/** A job's log as it grows: whole lines kept, the unfinished one replaced, a new generation started afresh. */
export class LogStore extends Store<LogState> {
  /** Offset of the next piece; none yet = the service begins with the last lines. */
  next: number | undefined;
  /** Offset of the first line held. */
  from = 0;
  generation: number | undefined;
  /** Numbers of the lines that tell of an error. */
  errors: number[] = [];
  /** By what they say, digits aside. */
  warnings = new Map<string, Warning>();
  private chunks: Chunk[] = [];
  private isCut = false;

  constructor(private readonly mostLines = MOST_LINES) {
    super({ first: 0, end: 0, live: "" });
  }

  append(piece: LogPiece): void {
    const goesOn = piece.generation === this.generation && piece.from === this.next;
    if (!goesOn) this.begin(piece);
    this.next = piece.next;
    if (goesOn && piece.text === "" && piece.live === this.get().live) return;
    const { end } = this.get();
    const lines = this.linesOf(piece.text);
    for (const [index, line] of lines.entries()) this.push(end + index, line);
    this.dropOldest();
    this.set({ first: this.chunks[0]?.start ?? end, end: end + lines.length, live: piece.live });
  }

  /** Takes in the piece that ends where the first line begins. */
  prepend(piece: LogPiece): void {
    if (piece.generation !== this.generation || piece.next !== this.from || piece.text === "") return;
    const { first, ...rest } = this.get();
    const lines = piece.text.replace(/\n$/, "").split("\n");
    const start = Math.max(0, first - lines.length);
    this.chunks.unshift({ start, lines });
    this.errors = [...numbersOf(lines, start), ...this.errors];
    this.from = piece.from;
    this.set({ first: start, ...rest });
  }

  /** A line by its number; "" for one that is not held. */
  line(number: number): string {
    let [low, high] = [0, this.chunks.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.chunks[middle]?.start ?? 0) <= number) low = middle;
      else high = middle - 1;
    }
    const chunk = this.chunks[low];
    return chunk?.lines[number - chunk.start] ?? "";
  }

  /** All that is held, to be copied. */
  text(): string {
    const { live } = this.get();
    return [...this.chunks.map(({ lines }) => lines.join("\n")), ...(live === "" ? [] : [live])].join("\n");
  }

  private begin({ line, from, generation }: LogPiece): void {
    this.chunks = [];
    this.errors = [];
    this.warnings = new Map();
    this.isCut = false;
    this.from = from;
    this.generation = generation;
    this.set({ first: line ?? 0, end: line ?? 0, live: "" });
  }

  /** A line too long for one piece comes in several, and is shown cut: what follows of it is not shown. */
  private linesOf(text: string): string[] {
    if (text === "") return [];
    const lines = text.replace(/\n$/, "").split("\n");
    if (this.isCut) lines.shift();
    this.isCut = !text.endsWith("\n");
    return lines;
  }

  private push(number: number, line: string): void {
    const last = this.chunks.at(-1);
    if (last && last.lines.length < CHUNK_LINES) last.lines.push(line);
    else this.chunks.push({ start: number, lines: [line] });
    if (ERROR.test(line)) this.errors.push(number);
    if (WARNING.test(line)) this.warn(number, line);
  }

  private warn(number: number, line: string): void {
    const key = line.replaceAll(/\d+/g, "#");
    const before = this.warnings.get(key);
    if (!before && this.warnings.size >= MOST_WARNINGS) return;
    this.warnings.set(key, { text: line, count: (before?.count ?? 0) + 1, line: number });
  }

  private dropOldest(): void {
    let held = this.chunks.reduce((sum, { lines }) => sum + lines.length, 0);
    while (held - (this.chunks[0]?.lines.length ?? 0) >= this.mostLines) {
      const [dropped] = this.chunks.splice(0, 1);
      held -= dropped?.lines.length ?? 0;
      this.from = -1; // its offset is not known any more: what was dropped is not read again
      this.errors = this.errors.filter((line) => line >= (this.chunks[0]?.start ?? 0));
    }
  }
}

function numbersOf(lines: string[], start: number): number[] {
  return lines.flatMap((line, index) => (ERROR.test(line) ? [start + index] : []));
}
