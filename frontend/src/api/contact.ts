/** Whether the service answers: kept by the HTTP client, shown by the shell, heeded by every button that changes things. */

import { Store, useStore } from "@/lib/store";

export interface Contact {
  lost: boolean;
  /** When the first of the unanswered requests failed. */
  since: Date | null;
  /** When the pulse is asked for again. */
  nextTry: Date | null;
}

const FAILURES_UNTIL_LOST = 2;
const THERE: Contact = { lost: false, since: null, nextTry: null };

class ContactStore extends Store<Contact> {
  private failures = 0;

  /** The service said something, if only that it refuses. */
  readonly reportAnswer = (): void => {
    this.failures = 0;
    if (this.get() !== THERE) this.set(THERE);
  };

  readonly reportSilence = (): void => {
    this.failures += 1;
    const { since } = this.get();
    this.set({ ...this.get(), lost: this.failures >= FAILURES_UNTIL_LOST, since: since ?? new Date() });
  };

  readonly reportNextTry = (inMs: number): void => {
    this.set({ ...this.get(), nextTry: new Date(Date.now() + inMs) });
  };
}

export const contact = new ContactStore(THERE);

export function useContact(): Contact {
  return useStore(contact);
}
