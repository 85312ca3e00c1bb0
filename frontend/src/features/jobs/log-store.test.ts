import { expect, it } from "vitest";

import { LogStore } from "@/features/jobs/log-store";

function piece(from: number, text: string, more: { live?: string; generation?: number; line?: number } = {}) {
  return { from, next: from + text.length, size: from + text.length, generation: 1, text, live: "", line: null, ...more };
}

function lines(log: LogStore): string[] {
  const { first, end } = log.get();
  return Array.from({ length: end - first }, (_, index) => log.line(first + index));
}

it("keeps whole lines and replaces the unfinished one", () => {
  const log = new LogStore();
  log.append(piece(0, "one\ntwo\n", { live: "10 %" }));
  log.append(piece(8, "", { live: "20 %" }));
  expect([lines(log), log.get().live]).toEqual([["one", "two"], "20 %"]);
  log.append(piece(8, "three\n"));
  expect(lines(log)).toEqual(["one", "two", "three"]);
  expect([log.next, log.text()]).toEqual([14, "one\ntwo\nthree"]);
});

it("begins at the end of a long log, and takes in what lies before", () => {
  const log = new LogStore();
  log.append(piece(100, "error: b\n", { line: 10 }));
  log.prepend(piece(82, "failed\na9\n", { line: 8 }));
  expect(log.get()).toMatchObject({ first: 10, end: 11 });
  log.prepend(piece(90, "failed\na9\n", { line: 8 }));
  expect([log.get().first, lines(log), log.errors]).toEqual([8, ["failed", "a9", "error: b"], [8, 10]]);
});

it("starts afresh when the file was replaced", () => {
  const log = new LogStore();
  log.append(piece(0, "old error\n"));
  log.append(piece(0, "new\n", { generation: 2 }));
  expect([lines(log), log.errors]).toEqual([["new"], []]);
});

it("drops the oldest lines above its cap, and keeps the numbers of the others", () => {
  const log = new LogStore(2000);
  const text = Array.from({ length: 5000 }, (_, index) => `line ${index}\n`).join("");
  log.append(piece(0, text));
  const { first, end } = log.get();
  expect(end - first).toBeLessThan(2000 + 1024);
  expect([end, log.line(first), log.line(4999)]).toEqual([5000, `line ${first}`, "line 4999"]);
});

it("shows a line that comes in several pieces once", () => {
  const log = new LogStore();
  log.append(piece(0, "xxxx …"));
  log.append(piece(6, "xxxx …"));
  log.append(piece(12, "xx\nnext\n"));
  expect(lines(log)).toEqual(["xxxx …", "next"]);
});

it("keeps empty lines", () => {
  const log = new LogStore();
  log.append(piece(0, "a\n\n\nb\n"));
  expect(lines(log)).toEqual(["a", "", "", "b"]);
});

it("counts the same warning once for each time it was given", () => {
  const log = new LogStore();
  log.append(piece(0, "UserWarning: took 3 s\nfine\nUserWarning: took 14 s\nwarning: else\n"));
  expect([...log.warnings.values()]).toEqual([
    { text: "UserWarning: took 14 s", count: 2, line: 2 },
    { text: "warning: else", count: 1, line: 3 },
  ]);
});

it("draws nothing anew when nothing came", () => {
  const log = new LogStore();
  log.append(piece(0, "a\n"));
  const before = log.get();
  log.append(piece(2, ""));
  expect(log.get()).toBe(before);
});
