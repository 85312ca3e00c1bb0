/** Messages that something was done or has happened; the shell draws them (`ToastStack`). */

import { newKey } from "@/lib/new-key";
import { Store } from "@/lib/store";

export interface ToastMessage {
  title: string;
  description?: string;
  tone?: "success" | "info" | "warning" | "error";
  /** The next thing to do: a page to go to, or something to do here. */
  action?: { label: string } & ({ to: string } | { onSelect: () => void });
  /** A message with the same key takes the place of the one before. */
  key?: string;
}

export interface ShownToast extends ToastMessage {
  key: string;
  tone: NonNullable<ToastMessage["tone"]>;
}

/** More at once would hide the page. */
const MOST = 4;

class Toasts extends Store<readonly ShownToast[]> {
  constructor() {
    super([]);
  }

  readonly show = (message: ToastMessage): void => {
    const shown = { tone: "success" as const, key: newKey(), ...message };
    this.set([...this.get().filter(({ key }) => key !== shown.key), shown].slice(-MOST));
  };

  readonly close = (key: string): void => this.set(this.get().filter((shown) => shown.key !== key));
}

export const toasts = new Toasts();

/** Says something without taking the focus; it leaves by itself. */
export function toast(message: ToastMessage): void {
  toasts.show(message);
}
