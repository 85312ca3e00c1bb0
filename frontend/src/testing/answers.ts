/** A service whose answers a test writes piece by piece, and with it every moment in between. */

import { http, HttpResponse } from "msw";

import type { JsonObject, Message } from "@/api/types";
import { server, SERVICE } from "@/testing/server";

export type Asked = JsonObject & { model: string; messages: Message[] };

const TIMING = { queued_seconds: 0.1, first_token_seconds: 0.5, total_seconds: 2.5 };

export class FakeAnswers {
  /** Every question, in the order of arrival. */
  readonly asked: Asked[] = [];
  /** Models whose connection the page has given up. */
  readonly givenUp: string[] = [];
  private readonly open = new Map<string, ReadableStreamDefaultController<Uint8Array>>();

  constructor() {
    server.use(
      http.post(`${SERVICE}/generate`, async ({ request }) => {
        const asked = (await request.json()) as Asked;
        request.signal.addEventListener("abort", () => this.givenUp.push(asked.model));
        const body = new ReadableStream<Uint8Array>({ start: (controller) => void this.open.set(asked.model, controller) });
        this.asked.push(asked);
        return new HttpResponse(body, { headers: { "content-type": "text/event-stream" } });
      }),
    );
  }

  send(model: string, event: object): void {
    this.open.get(model)?.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(event)}\n\n`));
  }

  write(model: string, ...pieces: string[]): void {
    this.send(model, { type: "started", prompt_tokens: 7 });
    for (const text of pieces) this.send(model, { type: "delta", text });
  }

  finish(model: string, text: string, more: object = {}): void {
    const usage = { prompt_tokens: 7, completion_tokens: 21, total_tokens: 28 };
    this.send(model, { type: "done", text, model, adapter: null, usage, finish_reason: "stop", timing: TIMING, ...more });
    this.open.get(model)?.close();
  }

  /** The connection ends in the middle. */
  breakOff(model: string): void {
    this.open.get(model)?.close();
  }

  last(model: string): Asked | undefined {
    return this.asked.findLast((asked) => asked.model === model);
  }
}
