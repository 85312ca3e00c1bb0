/** What this browser's user prefers, kept between visits and told to the other tabs. */

import { Store, useStore } from "@/lib/store";
import { readStored, writeStored } from "@/lib/stored";

export class Preference extends Store<boolean> {
  constructor(
    private readonly key: string,
    private readonly fallback: boolean,
  ) {
    super(stored(key, fallback));
    window.addEventListener("storage", (event) => {
      if (event.key === key || event.key === null) this.set(stored(key, fallback));
    });
  }

  readonly choose = (value: boolean): void => {
    writeStored(this.key, value); // without storage it holds for this page
    this.set(value);
  };

  readonly reset = (): void => this.choose(this.fallback);
}

function stored(key: string, fallback: boolean): boolean {
  const value = readStored(key);
  return typeof value === "boolean" ? value : fallback;
}

/** Whether keys without Ctrl or ⌘ do something: who speaks to their computer, or trembles, wants them off. */
export const letterKeys = new Preference("letter-keys", true);

/** Whether the system is to notify of the end of a run; the browser has a say in it too. */
export const endNotices = new Preference("end-notices", false);

export function usePreference(preference: Preference): boolean {
  return useStore(preference);
}
