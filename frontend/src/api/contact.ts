/** Whether the service answers: kept by the HTTP client, shown by the shell, heeded by every button that changes things. */

import { useSyncExternalStore } from "react";

export interface Contact {
  lost: boolean;
  /** When the first of the unanswered requests failed. */
  since: Date | null;
}

const FAILURES_UNTIL_LOST = 2;

let contact: Contact = { lost: false, since: null };
let failures = 0;
let firstFailure: Date | null = null;
const listeners = new Set<() => void>();

function publish(next: Contact): void {
  contact = next;
  for (const listener of listeners) listener();
}

export function reportAnswer(): void {
  failures = 0;
  firstFailure = null;
  if (contact.lost) publish({ lost: false, since: null });
}

export function reportSilence(): void {
  failures += 1;
  firstFailure ??= new Date();
  if (failures >= FAILURES_UNTIL_LOST && !contact.lost) publish({ lost: true, since: firstFailure });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useContact(): Contact {
  return useSyncExternalStore(subscribe, () => contact);
}
