/**
 * Keys that do something: one listener for all, so that the list of them (`?`) is what there is.
 *
 * `mod+k` is Ctrl or ⌘ with K; `g j` is G, then J within a second. Keys without a modifier do nothing while somebody
 * types or a dialog is open, and can be switched off.
 */

import { useEffect, useEffectEvent } from "react";

import { letterKeys } from "@/lib/preferences";
import { Store, useStore } from "@/lib/store";

export interface Shortcut {
  keys: string;
  /** What it does, as the list of shortcuts says it. */
  words: string;
  handler: (event: KeyboardEvent) => void;
}

const SEQUENCE_MS = 1000;
const BUSY = "input:not([type=checkbox], [type=radio], [type=button], [type=range]), textarea, select, [contenteditable=true]";
const ABOVE_THE_PAGE = "[role=dialog], [role=alertdialog], [role=menu]";

class Shortcuts extends Store<readonly Shortcut[]> {
  private pressed = "";
  private last = 0;

  constructor() {
    super([]);
    window.addEventListener("keydown", this.onKeyDown);
  }

  /** Adds one; returns what removes it. Of two with the same keys the later has them. */
  add(shortcut: Shortcut): () => void {
    this.set([...this.get(), shortcut]);
    return () => this.set(this.get().filter((known) => known !== shortcut));
  }

  private readonly onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing || event.repeat) return;
    const step = stepOf(event);
    if (step === null || (!step.startsWith("mod+") && !isFree(event.target))) return;
    if (event.timeStamp - this.last > SEQUENCE_MS) this.pressed = "";
    this.last = event.timeStamp;
    const whole = `${this.pressed} ${step}`.trim();
    const found = this.find(whole) ?? this.find(step);
    this.pressed = [whole, step].find((keys) => this.begins(keys)) ?? "";
    if (!found) return;
    event.preventDefault();
    found.handler(event);
  };

  private find(keys: string): Shortcut | undefined {
    return this.get().findLast((shortcut) => shortcut.keys === keys);
  }

  private begins(keys: string): boolean {
    return this.get().some((shortcut) => shortcut.keys.startsWith(`${keys} `));
  }
}

/** A key press as it is written in `keys`; null for a modifier alone. */
function stepOf({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): string | null {
  if (key === undefined || altKey || ["Shift", "Control", "Meta", "Alt"].includes(key)) return null;
  return ctrlKey || metaKey ? `mod+${key.toLowerCase()}` : key;
}

/** Whether a letter pressed here is meant for nothing else. */
function isFree(target: EventTarget | null): boolean {
  if (!letterKeys.get() || document.querySelector("dialog[open]")) return false;
  return !(target instanceof Element && (target.closest(BUSY) || target.closest(ABOVE_THE_PAGE)));
}

export const shortcuts = new Shortcuts();

/** Has keys do something for as long as what calls it is drawn (and `enabled`). */
export function useShortcut(keys: string, words: string, handler: (event: KeyboardEvent) => void, enabled = true): void {
  const handle = useEffectEvent(handler);
  useEffect(() => {
    if (!enabled) return;
    return shortcuts.add({ keys, words, handler: (event) => handle(event) });
  }, [keys, words, enabled]);
}

/** All there are now. */
export function useShortcuts(): readonly Shortcut[] {
  return useStore(shortcuts);
}
