/** What the palette offers, and how what is typed chooses among it. */

import type { LucideIcon } from "lucide-react";

export interface Command {
  /** Unique among all. */
  id: string;
  label: string;
  /** What it is, in a word: "Page", "Run", "Action". */
  sort: string;
  icon: LucideIcon;
  /** Further words that find it. */
  more?: string;
  run: () => void;
}

export const MOST_SHOWN = 12;

/** Those that have every word typed, the best first: a label that begins with it, then one with a word that does. */
export function matching(commands: Command[], typed: string): Command[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return commands
    .map((command) => ({ command, worth: worthOf(command, words) }))
    .filter(({ worth }) => worth > 0)
    .sort((a, b) => b.worth - a.worth)
    .slice(0, MOST_SHOWN)
    .map(({ command }) => command);
}

function worthOf({ label, sort, more = "" }: Command, words: string[]): number {
  const text = label.toLowerCase();
  const all = `${text} ${sort.toLowerCase()} ${more.toLowerCase()}`;
  let worth = 1;
  for (const word of words) {
    if (!all.includes(word)) return 0;
    worth += text.startsWith(word) ? 4 : ` ${text}`.includes(` ${word}`) ? 2 : text.includes(word) ? 1 : 0;
  }
  return worth;
}
