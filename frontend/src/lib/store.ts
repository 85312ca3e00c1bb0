/** The smallest store React can read: a tick then draws one panel anew, not the page. */

import { useSyncExternalStore } from "react";

export class Store<Snapshot> {
  private listeners = new Set<() => void>();

  constructor(private snapshot: Snapshot) {}

  readonly get = (): Snapshot => this.snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  protected set(snapshot: Snapshot): void {
    this.snapshot = snapshot;
    for (const listener of this.listeners) listener();
  }
}

export function useStore<Snapshot>(store: Store<Snapshot>): Snapshot {
  return useSyncExternalStore(store.subscribe, store.get);
}
