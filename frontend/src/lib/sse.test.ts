import { describe, expect, it } from "vitest";

import { EventParser, serverEvents } from "@/lib/sse";

function streamOf(...chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

async function dataOf(body: ReadableStream<Uint8Array>): Promise<string[]> {
  const found: string[] = [];
  for await (const event of serverEvents(body)) found.push(event.data);
  return found;
}

const TEXT = "data: {\"a\": 1}\n\nevent: note\ndata: Müller – 量子 🚀\n\n";
const EXPECTED = [
  { type: "message", data: '{"a": 1}' },
  { type: "note", data: "Müller – 量子 🚀" },
];

describe("events", () => {
  it("come out whole, wherever the text was cut", () => {
    for (let cut = 0; cut <= TEXT.length; cut += 1) {
      const parser = new EventParser();
      expect([...parser.push(TEXT.slice(0, cut)), ...parser.push(TEXT.slice(cut))]).toEqual(EXPECTED);
    }
  });

  it("come out whole one byte at a time, with characters cut in two", async () => {
    const bytes = new TextEncoder().encode(TEXT);
    const single = Array.from(bytes, (_, index) => bytes.slice(index, index + 1));
    expect(await dataOf(streamOf(...single))).toEqual(EXPECTED.map(({ data }) => data));
  });

  it.each([
    ["\\r\\n", "data: a\r\n\r\ndata: b\r\n\r\n"],
    ["\\r", "data: a\r\rdata: b\r\r\n"],
  ])("end their lines with %s too, also when the pair is cut", (_, text) => {
    const parser = new EventParser();
    const found = Array.from(text).flatMap((character) => parser.push(character));
    expect(found.map(({ data }) => data)).toEqual(["a", "b"]);
  });

  it("join several data lines, and lose only one leading space", () => {
    expect(new EventParser().push("data:  a\ndata\ndata:b\n\n")).toEqual([{ type: "message", data: " a\n\nb" }]);
  });

  it("skip comments, unknown fields, a byte order mark and blocks without data", () => {
    const text = "\uFEFF: hello\nretry: 5\nid: 1\nevent: lonely\n\ndata: a\n\n";
    expect(new EventParser().push(text)).toEqual([{ type: "message", data: "a" }]);
  });

  it("do not count until the blank line: what was cut off was not said", async () => {
    expect(await dataOf(streamOf(new TextEncoder().encode("data: whole\n\ndata: half")))).toEqual(["whole"]);
  });
});

it("gives the connection up when nobody listens any more", async () => {
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new TextEncoder().encode("data: again\n\n")),
    cancel: () => {
      cancelled = true;
    },
  });
  for await (const event of serverEvents(endless)) {
    expect(event.data).toBe("again");
    break;
  }
  expect(cancelled).toBe(true);
});

it("ends at once when it is told to, though nothing more arrives", async () => {
  const aborter = new AbortController();
  const silent = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new TextEncoder().encode("data: one\n\n")) });
  const found: string[] = [];
  for await (const event of serverEvents(silent, aborter.signal)) {
    found.push(event.data);
    aborter.abort();
  }
  expect(found).toEqual(["one"]);
});

it("passes on that the connection broke", async () => {
  const broken = new ReadableStream<Uint8Array>({
    start: (controller) => controller.error(new TypeError("network error")),
  });
  await expect(dataOf(broken)).rejects.toThrow("network error");
});
