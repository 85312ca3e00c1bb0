import { expect, it } from "vitest";

import { Curve } from "@/components/curves/curve";
import { piece } from "@/testing/curves";

const column = (curve: Curve, name: string) => [...curve.column(name)];

it("grows in place, and fills in what a column has missed", () => {
  const curve = Curve.of(piece(0, 2, { step: [5, 10], loss: [3, 2] }));
  curve.append(piece(2, 3, { step: [15], norm: [7] }));
  expect(column(curve, "step")).toEqual([5, 10, 15]);
  expect(column(curve, "loss")).toEqual([3, 2, NaN]);
  expect(column(curve, "norm")).toEqual([NaN, NaN, 7]);
});

it("joins what several rows tell about one step", () => {
  const curve = Curve.of(piece(0, 3, { step: [5, 10, 10], loss: [3, 2, null], eval_loss: [null, null, 2.5] }));
  expect(column(curve, "step")).toEqual([5, 10]);
  expect(column(curve, "loss")).toEqual([3, 2]);
  expect(column(curve, "eval_loss")).toEqual([NaN, 2.5]);
});

it("replaces the steps that a resumed run does again", () => {
  const curve = Curve.of(piece(0, 5, { step: [5, 10, 15, 10], loss: [5, 4, 3, 2] }));
  expect(column(curve, "step")).toEqual([5, 10]);
  curve.append(piece(5, 6, { step: [15], norm: [1] }));
  expect(column(curve, "loss")).toEqual([5, 2, NaN]);
});

it("takes a metric of any name", () => {
  const curve = Curve.of(piece(0, 1, { constructor: [1], step: [1] }));
  expect(column(curve, "constructor")).toEqual([1]);
  expect(curve.names).toEqual(["constructor", "step"]);
});

it("puts exact points where reduced ones were", () => {
  const curve = Curve.of({
    start: 0,
    next: 6,
    resolution: "buckets",
    columns: { step: [2, 4, 6], loss: [8, 6, 4] },
    lows: { loss: [7, 5, 3] },
    highs: { loss: [9, 7, 5] },
    counts: [2, 2, 2],
  });
  expect(curve.isReduced(3, 4)).toBe(true);
  curve.refine(3, 4, piece(0, 6, { step: [3, 4], loss: [7, 5] }));
  expect(column(curve, "step")).toEqual([2, 3, 4, 6]);
  expect(column(curve, "loss")).toEqual([8, 7, 5, 4]);
  expect(curve.isReduced(3, 4)).toBe(false);
  expect(curve.isReduced()).toBe(true);
  expect([...(curve.extremes("loss")?.highs ?? [])]).toEqual([9, NaN, NaN, 5]);
});

it("keeps fifty thousand points, and more, as they were told", () => {
  const steps = Array.from({ length: 50_000 }, (_, index) => index + 1);
  const curve = Curve.of(piece(0, steps.length, { step: steps, loss: steps.map((step) => 1 / step) }));
  curve.append(piece(50_000, 50_001, { step: [50_001], loss: [9] }));
  expect(curve.length).toBe(50_001);
  expect(curve.column("loss").at(-1)).toBe(9);
  expect(curve.column("loss")[41_233]).toBe(1 / 41_234);
});
