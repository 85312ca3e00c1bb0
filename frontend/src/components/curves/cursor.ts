/** A place on the axis that was pointed at elsewhere on the page: the charts put their cursor there. */

import { Store } from "@/lib/store";

class Pointed extends Store<{ x: number } | null> {
  constructor() {
    super(null);
  }

  readonly at = (x: number): void => this.set({ x });
}

export const pointed = new Pointed();
