import { expect, it } from "vitest";

import { numberText, parseNumber } from "@/lib/numbers";

it.each([
  ["2e-4", 0.0002],
  ["1_000", 1000],
  ["1,000", 1000],
  ["2k", 2000],
  ["1.5M", 1_500_000],
  ["1/8", 0.125],
  [" -3 ", -3],
  [".5", 0.5],
])("%s is the number %s", (text, value) => expect(parseNumber(text)).toBe(value));

it.each(["", "abc", "2e-", "1,5", "1e999", "1/0", "--1"])("%j is no number", (text) => expect(parseNumber(text)).toBeNull());

it("writes small numbers the way people type them", () => {
  expect(numberText(0.0002)).toBe("2e-4");
  expect(numberText(0.05)).toBe("0.05");
});
