import { expect, it } from "vitest";

import { smooth } from "@/components/curves/ema";

const smoothed = (values: number[], weight: number, counts?: number[]) =>
  [...smooth(Float64Array.from(values), weight, counts && Float64Array.from(counts))];

it("leaves a constant exactly as it is, however strong", () => {
  expect(smoothed([0.1, 0.1, 0.1, 0.1], 0.999)).toEqual([0.1, 0.1, 0.1, 0.1]);
});

it("starts at the first value instead of at zero", () => {
  const [first, second] = smoothed([4, 2], 0.9);
  expect(first).toBe(4);
  expect(second).toBeCloseTo(2.947, 3);
});

it("keeps gaps, and does not let them count", () => {
  expect(smoothed([NaN, 3, NaN, 3], 0.5)).toEqual([NaN, 3, NaN, 3]);
});

it("does nothing at weight 0", () => {
  const values = Float64Array.from([1, NaN, 2]);
  expect(smooth(values, 0)).toBe(values);
});

it("moves by a mean of ten rows as by ten rows of that value", () => {
  const [, whole] = smoothed([1, 3], 0.9, [1, 10]);
  expect(whole).toBeCloseTo(smoothed([1, ...Array<number>(10).fill(3)], 0.9).at(-1) ?? 0, 10);
});
