import { expect, it } from "vitest";

import { chartsOf } from "@/components/curves/charts";
import { Curve } from "@/components/curves/curve";
import { summaryOf, warningOf } from "@/features/jobs/curve-notes";
import { piece } from "@/testing/curves";

const curveOf = (losses: (number | null)[]) => Curve.of(piece(0, losses.length, { step: losses.map((_, at) => at + 1), loss: losses }));

it("says each chart in a sentence", () => {
  const curve = Curve.of(piece(0, 2, { step: [1, 2000], loss: [2.5, 0.41], eval_loss: [null, 0.5], other: [1, 2] }));
  expect(chartsOf(curve).map((chart) => summaryOf(chart, curve))).toEqual([
    "Loss over 2000 steps: train from 2.5 to 0.41, eval from 0.5 to 0.5.",
    "other over 2000 steps: other from 1 to 2.",
  ]);
});

it("says that the loss jumped, and from where", () => {
  const losses = Array.from({ length: 20 }, () => 0.61);
  expect(warningOf(curveOf(losses))).toBeNull();
  expect(warningOf(curveOf([...losses, 3.2, 0.6]))).toBe("The loss rose from 0.610 to 3.20 at step 21.");
});

it("says since when the loss is no number", () => {
  expect(warningOf(curveOf([1, 0.9, null, null]))).toBe("The loss has been no number since step 3.");
});
