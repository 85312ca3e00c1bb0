/** Where each line of a long log is drawn: with rows of one height that is a division, with wrapped lines a sum. */

import { Growable } from "@/components/curves/growable";

/** As in the style sheet. */
export const ROW_PX = 18;

export interface Lines {
  /** How many are shown. */
  count: number;
  /** A number for each that stays its own, shown or not: its place in the log. */
  numberOf: (index: number) => number;
  textOf: (index: number) => string;
}

export interface Layout {
  height: number;
  topOf: (index: number) => number;
  /** The line at this height. */
  at: (top: number) => number;
}

export function evenLayout(count: number): Layout {
  return { height: count * ROW_PX, topOf: (index) => index * ROW_PX, at: (top) => Math.floor(top / ROW_PX) };
}

/** Lines broken after so many characters; what is known of the lines before stays when further ones come. */
export class WrappedRows {
  private ends = new Growable();
  private known = 0;
  private key = "";

  layout(lines: Lines, columns: number, key: string): Layout {
    if (key !== this.key || lines.count < this.known) this.known = 0;
    this.key = key;
    let end = this.known === 0 ? 0 : (this.ends.first(this.known)[this.known - 1] ?? 0);
    for (; this.known < lines.count; this.known += 1) {
      end += Math.max(1, Math.ceil(lines.textOf(this.known).length / columns));
      this.ends.set(this.known, end);
    }
    const ends = this.ends.first(lines.count);
    return {
      height: end * ROW_PX,
      topOf: (index) => (index === 0 ? 0 : (ends[index - 1] ?? 0) * ROW_PX),
      at: (top) => firstBeyond(ends, Math.floor(top / ROW_PX)),
    };
  }
}

function firstBeyond(ends: Float64Array, row: number): number {
  let [low, high] = [0, Math.max(0, ends.length - 1)];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] ?? 0) > row) high = middle;
    else low = middle + 1;
  }
  return low;
}
