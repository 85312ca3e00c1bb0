import { expect, it } from "vitest";

import { smooth } from "@/features/jobs/ema";

it("leaves a constant exactly as it is, however strong", () => {
  expect(smooth([0.1, 0.1, 0.1, 0.1], 0.99)).toEqual([0.1, 0.1, 0.1, 0.1]);
});

it("starts at the first value instead of at zero", () => {
  const [first, second] = smooth([4, 2], 0.9);
  expect(first).toBe(4);
  expect(second).toBeCloseTo(2.947, 3);
});

it("keeps gaps, and does not let them count", () => {
  expect(smooth([null, 3, Number.NaN, 3], 0.5)).toEqual([null, 3, null, 3]);
});

it("does nothing at weight 0", () => {
  const values = [1, null, 2];
  expect(smooth(values, 0)).toBe(values);
});
