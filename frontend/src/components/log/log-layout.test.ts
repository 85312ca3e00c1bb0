import { expect, it } from "vitest";

import { evenLayout, type Lines, ROW_PX, WrappedRows } from "@/components/log/log-layout";

const of = (texts: string[]): Lines => ({ count: texts.length, numberOf: (index) => index, textOf: (index) => texts[index] ?? "" });

it("finds a row by division when all are as high", () => {
  const layout = evenLayout(100);
  expect([layout.height, layout.topOf(10), layout.at(10 * ROW_PX + 3)]).toEqual([100 * ROW_PX, 10 * ROW_PX, 10]);
});

it("gives a wrapped line as many rows as it has, and an empty one its own", () => {
  const rows = new WrappedRows();
  const layout = rows.layout(of(["12345678901", "", "1234567890", "x"]), 5, "a");
  expect([0, 1, 2, 3].map((index) => layout.topOf(index) / ROW_PX)).toEqual([0, 3, 4, 6]);
  expect([0, 2, 3, 4, 5, 6, 99].map((row) => layout.at(row * ROW_PX))).toEqual([0, 0, 1, 2, 2, 3, 3]);
  expect(layout.height).toBe(7 * ROW_PX);
});

it("goes on where it was when lines come, and begins anew when others are shown", () => {
  const rows = new WrappedRows();
  rows.layout(of(["123456"]), 5, "a");
  expect(rows.layout(of(["123456", "1"]), 5, "a").height).toBe(3 * ROW_PX);
  expect(rows.layout(of(["1", "1"]), 5, "b").height).toBe(2 * ROW_PX);
});
