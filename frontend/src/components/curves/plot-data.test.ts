import { expect, it } from "vitest";

import { Curve } from "@/components/curves/curve";
import { overlaidData } from "@/components/curves/overlay";
import { type Metric, plotData, usualRange } from "@/components/curves/plot-data";
import { USUAL_VIEW } from "@/components/curves/view";
import { piece } from "@/testing/curves";

const LOSS: Metric[] = [{ name: "loss", label: "train", color: "data-train", smooths: true }];
const BARE = { ...USUAL_VIEW, smoothing: 0 };

it("draws the raw values behind the smoothed ones", () => {
  const curve = Curve.of(piece(0, 2, { step: [1, 2], loss: [4, 2] }));
  const { x, lines } = plotData(LOSS, curve, { ...USUAL_VIEW, smoothing: 0.9 });
  expect(x).toEqual([1, 2]);
  expect(lines[0]).toEqual([4, 2]);
  expect(lines[1]?.[1]).toBeCloseTo(2.947, 3);
});

it("leaves zero and negative values out of a logarithmic axis, and counts them", () => {
  const curve = Curve.of(piece(0, 4, { step: [1, 2, 3, 4], loss: [1, 0, -1, 2] }));
  expect(plotData(LOSS, curve, { ...BARE, log: true })).toEqual({ x: [1, 2, 3, 4], lines: [[1, null, null, 2]], leftOut: 2 });
});

it("shows the last tenth of the steps", () => {
  const steps = Array.from({ length: 101 }, (_, index) => index);
  const curve = Curve.of(piece(0, 101, { step: steps, loss: steps }));
  expect(plotData(LOSS, curve, { ...BARE, last: true }).x).toEqual(steps.slice(90));
});

it("counts time from the first point, and leaves out what a clock that was set back tells", () => {
  const curve = Curve.of(piece(0, 4, { step: [1, 2, 3, 4], time: [100, 160, 130, 190], loss: [4, 3, 2, 1] }));
  expect(plotData(LOSS, curve, { ...BARE, x: "time" })).toMatchObject({ x: [0, 60, 90], lines: [[4, 3, 1]] });
});

it("finds the height of all but the outermost values", () => {
  const values = [...Array.from({ length: 98 }, (_, index) => 1 + index / 100), 1000, -1000];
  expect(usualRange([values])).toEqual({ min: 1.01, max: 1.96 });
  expect(usualRange([[1, 1, 1, 1, 1, 1, 1]])).toBeNull();
});

it("lays runs of different steps over one axis", () => {
  const runs = [
    { id: "a", label: "a", curve: Curve.of(piece(0, 2, { step: [1, 3], loss: [5, 4] })) },
    { id: "b", label: "b", curve: Curve.of(piece(0, 2, { step: [2, 3], loss: [7, 6] })) },
    { id: "c", label: "c", curve: Curve.of(piece(0, 1, { step: [9] })) },
  ];
  expect(overlaidData(runs, "loss", BARE)).toEqual({ x: [1, 2, 3], lines: [[5, null, 4], [null, 7, 6]], leftOut: 0 });
});
