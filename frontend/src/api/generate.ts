import { queryOptions } from "@tanstack/react-query";

import { CREDENTIALS, get, SERVICE_URL } from "@/api/client";
import { contact } from "@/api/contact";
import { Problem, problemOf } from "@/api/problem";
import { refusal } from "@/api/refusal";
import type { AnswerEvent, Finished, JsonObject, JsonSchema, Message } from "@/api/types";
import { serverEvents } from "@/lib/sse";

/** What a question consists of; the sampling parameters are whatever the service's schema names. */
export type Question = JsonObject & { model: string; messages: Message[] };

export interface AnswerListener {
  /** The prompt was read; writing begins. */
  onStart: () => void;
  onText: (piece: string) => void;
}

/** Parts of the request that a form does not ask for: the conversation fills them in. */
const FILLED_IN: readonly string[] = ["prompt", "messages", "adapter", "model", "stream"];

/** The sampling parameters, as the service describes its own request; they change only with its version and settings. */
export const samplingSchemaQuery = queryOptions({
  queryKey: ["sampling-schema"],
  queryFn: ({ signal }) => get<JsonSchema>("/generate/schema", undefined, signal),
  select: ({ properties = {}, ...rest }): JsonSchema => {
    return { ...rest, properties: Object.fromEntries(Object.entries(properties).filter(([name]) => !FILLED_IN.includes(name))) };
  },
  staleTime: Infinity,
});

/**
 * Asks, and tells of the answer as it is written. Aborting the signal gives the connection up, and with it the service
 * stops writing.
 *
 * Throws a `Problem` when the service refuses or fails, also in the middle, and an `AbortError` when aborted.
 */
export async function streamAnswer(question: Question, signal: AbortSignal, listener: AnswerListener): Promise<Finished> {
  const response = await ask(question, signal);
  if (!response.ok || !response.body) throw problemOf(response.status, await bodyOf(response));
  try {
    for await (const { data } of serverEvents(response.body, signal)) {
      const event = JSON.parse(data) as AnswerEvent;
      if (event.type === "started") listener.onStart();
      if (event.type === "delta") listener.onText(event.text);
      if (event.type === "done") return event;
      if (event.type === "error") throw problemOf(event.status ?? response.status, event);
    }
  } catch (error) {
    if (signal.aborted || error instanceof Problem) throw error;
    throw new Problem("The connection broke before the answer ended.", 0);
  }
  signal.throwIfAborted();
  throw new Problem("The service ended the connection before the answer ended.", 0);
}

async function ask(question: Question, signal: AbortSignal): Promise<Response> {
  try {
    const response = await fetch(`${SERVICE_URL}/generate`, {
      method: "POST",
      credentials: CREDENTIALS,
      headers: { "content-type": "application/json", accept: "text/event-stream, application/problem+json" },
      body: JSON.stringify({ ...question, stream: true }),
      signal,
    });
    contact.reportAnswer();
    refusal.note(response.status);
    return response;
  } catch (error) {
    if (signal.aborted) throw error;
    contact.reportSilence();
    throw new Problem("The service does not answer.", 0);
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return null; // A proxy's page, or nothing: the status has to say it all.
  }
}
