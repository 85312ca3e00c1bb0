import { expect, it } from "vitest";

import { LogStore } from "@/features/jobs/log-store";

function piece(from: number, text: string, more: { live?: string; generation?: number } = {}) {
  return { from, next: from + text.length, size: from + text.length, generation: 1, text, live: "", line: null, ...more };
}

it("keeps whole lines and replaces the unfinished one", () => {
  const log = new LogStore();
  log.append(piece(0, "one\ntwo\n", { live: "10 %" }));
  log.append(piece(8, "", { live: "20 %" }));
  expect(log.get()).toEqual({ lines: ["one", "two"], dropped: 0, live: "20 %" });
  log.append(piece(8, "three\n"));
  expect(log.get().lines).toEqual(["one", "two", "three"]);
  expect(log.next).toBe(14);
});

it("starts afresh when the file was replaced", () => {
  const log = new LogStore();
  log.append(piece(0, "old\n"));
  log.append(piece(0, "new\n", { generation: 2 }));
  expect(log.get().lines).toEqual(["new"]);
});

it("drops the oldest lines above its cap and counts them", () => {
  const log = new LogStore(3);
  log.append(piece(0, "1\n2\n3\n"));
  log.append(piece(6, "4\n5\n"));
  expect(log.get()).toEqual({ lines: ["3", "4", "5"], dropped: 2, live: "" });
});

it("keeps empty lines", () => {
  const log = new LogStore();
  log.append(piece(0, "a\n\n\nb\n"));
  expect(log.get().lines).toEqual(["a", "", "", "b"]);
});

it("draws nothing anew when nothing came", () => {
  const log = new LogStore();
  log.append(piece(0, "a\n"));
  const before = log.get();
  log.append(piece(2, ""));
  expect(log.get()).toBe(before);
});
