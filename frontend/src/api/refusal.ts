/** Whether the service last refused this browser for want of a token: noted by whatever asks it, heeded by the shell. */

import { Store } from "@/lib/store";

const UNAUTHORIZED = 401;

class Refusal extends Store<boolean> {
  constructor() {
    super(false);
  }

  /** Takes note of an answer's status. */
  readonly note = (status: number): void => {
    if (status === UNAUTHORIZED && !this.get()) this.set(true);
  };

  readonly clear = (): void => this.set(false);
}

export const refusal = new Refusal();
