/** Server-sent events, read from any stream of bytes: `EventSource` can only GET, and a question is a POST. */

export interface ServerEvent {
  /** "message" unless the server names another. */
  type: string;
  data: string;
}

const LINE_END = /\r\n|\n|\r/;

/** Takes text in pieces of any size; an event counts once the blank line after it has arrived. */
export class EventParser {
  private rest = "";
  private data: string[] = [];
  private type = "";
  private atStart = true;

  push(piece: string): ServerEvent[] {
    this.rest += piece;
    if (this.atStart && this.rest !== "") {
      this.rest = this.rest.replace(/^\uFEFF/, "");
      this.atStart = false;
    }
    const events: ServerEvent[] = [];
    for (let line = this.nextLine(); line !== null; line = this.nextLine()) {
      const event = this.take(line);
      if (event) events.push(event);
    }
    return events;
  }

  /** A whole line without its end; null when none is there yet. A last "\r" may be half of "\r\n", so it waits. */
  private nextLine(): string | null {
    const end = LINE_END.exec(this.rest);
    if (!end || (end[0] === "\r" && end.index === this.rest.length - 1)) return null;
    const line = this.rest.slice(0, end.index);
    this.rest = this.rest.slice(end.index + end[0].length);
    return line;
  }

  private take(line: string): ServerEvent | null {
    if (line === "") return this.dispatch();
    const colon = line.indexOf(":");
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.data.push(value);
    if (name === "event") this.type = value;
    return null; // Comments, ids and retry times have no use here.
  }

  private dispatch(): ServerEvent | null {
    const event = this.data.length > 0 ? { type: this.type || "message", data: this.data.join("\n") } : null;
    this.data = [];
    this.type = "";
    return event;
  }
}

/**
 * The events of a response's body, as they arrive. Leaving the loop early gives the connection up, and so does the
 * signal, which ends the loop at once.
 */
export async function* serverEvents(body: ReadableStream<Uint8Array>, signal?: AbortSignal): AsyncGenerator<ServerEvent, void> {
  const parser = new EventParser();
  const decoder = new TextDecoder();
  const reader = body.getReader();
  // Broken or ended already: then there is nothing to give up. Nobody waits for a farewell either.
  const giveUp = () => void reader.cancel().catch(() => undefined);
  signal?.addEventListener("abort", giveUp);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      // The decoder keeps the first bytes of a character whose last ones are still to come.
      yield* parser.push(decoder.decode(value, { stream: !done }));
      if (done) return;
    }
  } finally {
    signal?.removeEventListener("abort", giveUp);
    giveUp();
  }
}
