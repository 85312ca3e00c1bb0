import { expect, it } from "vitest";

import { numberText, parseNumber, type Steps, stepped } from "@/lib/numbers";

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

it.each<[Steps, number[]]>([
  ["digits", [8e-5, 9e-5, 1e-4, 2e-4]],
  ["digits", [0.8, 0.9, 1, 2, 3]],
  ["digits", [0, 0.01, 0.02]],
  ["digits", [0.05, 0.06]],
  ["ones", [-1, 0, 1, 2]],
  ["doubles", [1, 2, 4, 8]],
])("arrow keys walk by %s: %j, and back", (steps, numbers) => {
  const up = numbers.slice(0, -1).map((number) => stepped(number, 1, steps));
  expect(up).toEqual(numbers.slice(1));
  const down = numbers.slice(2).map((number) => stepped(number, -1, steps));
  expect(down).toEqual(numbers.slice(1, -1));
});

it("goes ten times as far with Shift, and never below what can be halved", () => {
  expect(stepped(3, 1, "ones", true)).toBe(13);
  expect(stepped(2e-4, -1, "digits", true)).toBe(2e-5);
  expect(stepped(4, 1, "doubles", true)).toBe(40);
  expect(stepped(1, -1, "doubles")).toBe(1);
});
