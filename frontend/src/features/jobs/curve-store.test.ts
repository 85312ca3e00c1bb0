import { expect, it } from "vitest";

import { CurveStore, curveOf } from "@/features/jobs/curve-store";
import { piece } from "@/testing/curves";

it("grows by column, and fills in what a column has missed", () => {
  const curve = new CurveStore();
  curve.append(piece(0, 2, { step: [5, 10], loss: [3, 2] }));
  curve.append(piece(2, 3, { step: [10], eval_loss: [2.5] }));
  expect(curve.get()).toEqual({
    rows: 3,
    columns: { step: [5, 10, 10], loss: [3, 2, null], eval_loss: [null, null, 2.5] },
  });
});

it("takes a metric of any name", () => {
  const curve = new CurveStore();
  for (const start of [0, 1]) curve.append(piece(start, start + 1, { constructor: [start], step: [start] }));
  expect(curve.get().columns).toEqual({ constructor: [0, 1], step: [0, 1] });
});

it("starts afresh when the service does", () => {
  const curve = new CurveStore();
  curve.append(piece(0, 2, { step: [5, 10], loss: [3, 2] }));
  curve.append(piece(0, 1, { step: [5], loss: [9] }));
  expect(curve.get()).toEqual({ rows: 1, columns: { step: [5], loss: [9] } });
});

it("joins what several rows tell about one step", () => {
  const columns = { step: [5, 10, 10], loss: [3, 2, null], eval_loss: [null, null, 2.5] };
  expect(curveOf({ rows: 3, columns }, ["loss", "eval_loss"])).toEqual({
    steps: [5, 10],
    series: { loss: [3, 2], eval_loss: [null, 2.5] },
  });
});

it("replaces the steps that a resumed run does again", () => {
  const columns = { step: [5, 10, 15, 10, 15], loss: [5, 4, 3, 2, 1] };
  expect(curveOf({ rows: 5, columns }, ["loss"])).toEqual({ steps: [5, 10, 15], series: { loss: [5, 2, 1] } });
});
