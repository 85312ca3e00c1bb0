/** What is said about an answer below it. */

import { type Answer, EDITED, FAILED, STOPPED } from "@/features/playground/conversation";
import { formatCount, formatCounted, formatFixed } from "@/lib/format";

/** 0.4213 -> "0.42 s", 0.0123 -> "12 ms". */
export function formatSeconds(seconds: number): string {
  if (seconds < 0.1) return `${Math.round(seconds * 1000)} ms`;
  return `${formatFixed(seconds, seconds < 10 ? 2 : 1)} s`;
}

/** How fast the answer was written once its first token was there; waiting for that is told by itself. */
export function tokensPerSecond({ tokens, timing }: Answer): number | null {
  if (!tokens || tokens < 2 || !timing) return null;
  const seconds = timing.total_seconds - timing.first_token_seconds;
  return seconds > 0 ? (tokens - 1) / seconds : null;
}

/** Why the answer ended. */
export function endOf(answer: Answer): string {
  switch (answer.end) {
    case "stop":
      return "ended by itself";
    case "length":
      return answer.tokens === undefined ? "cut off" : `cut off at ${formatCount(answer.tokens)} tokens`;
    case STOPPED:
    case "cancelled":
      return answer.timing ? `stopped after ${formatSeconds(answer.timing.total_seconds)}` : "stopped";
    case FAILED:
      return "failed";
    case EDITED:
      return "edited by you";
    default:
      return answer.end;
  }
}

/** Tokens, speed, time to the first token, and why it ended; what is not known is left out. */
export function figuresOf(answer: Answer): string[] {
  const speed = tokensPerSecond(answer);
  const measured = answer.tokens !== undefined && answer.timing;
  return [
    answer.tokens === undefined ? null : formatCounted(answer.tokens, "token"),
    speed && `${formatFixed(speed, speed >= 100 ? 0 : 1)} tokens/s`,
    measured ? `first token ${formatSeconds(measured.first_token_seconds)}` : null,
    endOf(answer),
  ].filter((figure) => typeof figure === "string");
}

/** What to do about a failure; the service's own sentence has said what it is. */
export function adviceFor({ status }: { status: number }): string {
  if (status === 0) return "Ask again once the service answers.";
  if (status === 404) return "The model may have been deleted or renamed. Choose another one.";
  if (status === 422 || status === 413) return "Change the question or the settings, or begin a new conversation.";
  if (status === 429 || status === 503) return "Ask again in a while.";
  return "Ask again; the service's log may say more.";
}
