import type { AnswerListener } from "@/api/generate";
import type { Timing } from "@/api/types";
import { Store } from "@/lib/store";

export interface LiveState {
  /** Waiting for the model, for it to read the prompt, or for the next piece of text. */
  phase: "waiting" | "writing";
  text: string;
}

/** An answer that is being written. Pieces are gathered and drawn once a frame: tokens come faster than screens show. */
export class LiveAnswer extends Store<LiveState> implements AnswerListener {
  readonly startedAt = performance.now();
  readonly aborter = new AbortController();
  private firstAt: number | null = null;
  private written = "";
  private frame: number | null = null;

  constructor() {
    super({ phase: "waiting", text: "" });
  }

  /** Everything so far, drawn or not. */
  get text(): string {
    return this.written;
  }

  readonly onStart = (): void => {
    this.set({ ...this.get(), phase: "writing" });
  };

  readonly onText = (piece: string): void => {
    this.firstAt ??= performance.now();
    this.written += piece;
    this.frame ??= requestAnimationFrame(this.draw);
  };

  /** Measured here, for an answer of which the service could not report any more. */
  timing(): Timing {
    const now = performance.now();
    const seconds = (at: number) => (at - this.startedAt) / 1000;
    return { queued_seconds: 0, first_token_seconds: seconds(this.firstAt ?? now), total_seconds: seconds(now) };
  }

  close(): void {
    if (this.frame !== null) cancelAnimationFrame(this.frame);
  }

  private readonly draw = (): void => {
    this.frame = null;
    this.set({ phase: "writing", text: this.written });
  };
}
