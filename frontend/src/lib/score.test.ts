import { describe, expect, it } from "vitest";

import { formatDifference, formatInterval, formatScore, placeOn } from "@/lib/score";

const [SHARE, TEN, HUNDRED] = [
  { low: 0, high: 1 },
  { low: 1, high: 10 },
  { low: 0, high: 100 },
];

describe("a score", () => {
  it.each([
    [0.834, SHARE, "83.4 %"],
    [7.251, TEN, "7.25"],
    [41.26, HUNDRED, "41.3"],
    [null, TEN, "–"],
    [0, TEN, "0.00"],
  ])("%j of %j reads %s", (value, scale, text) => expect(formatScore(value, scale)).toBe(text));
});

describe("a difference", () => {
  it.each([
    [0.031, SHARE, "+3.1 points"],
    [-1.204, TEN, "−1.20"],
    [0.0001, TEN, "±0.00"],
    [null, SHARE, "–"],
  ])("%j of %j reads %s", (value, scale, text) => expect(formatDifference(value, scale)).toBe(text));
});

it("says that there is no interval rather than to leave it out", () => {
  expect(formatInterval(null, String)).toBe("too few for an interval");
  expect(formatInterval({ low: 1, high: 2 }, (value) => value.toFixed(1))).toBe("1.0 to 2.0");
});

it("keeps what lies beyond the scale at its end", () => {
  expect(placeOn(TEN, 1)).toBe(0);
  expect(placeOn(TEN, 5.5)).toBe(50);
  expect(placeOn(TEN, 12)).toBe(100);
  expect(placeOn({ low: 1, high: 1 }, 1)).toBe(0);
});
