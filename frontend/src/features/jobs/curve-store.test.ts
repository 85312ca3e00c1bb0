import { expect, it } from "vitest";

import { CurveStore } from "@/features/jobs/curve-store";
import { piece } from "@/testing/curves";

it("begins where the service begins, and goes on from there", () => {
  const store = new CurveStore();
  expect(store.rows).toBeUndefined();
  store.append(piece(0, 2, { step: [5, 10], loss: [3, 2] }));
  store.append(piece(2, 3, { step: [15], loss: [1] }));
  expect([...store.curve.column("loss")]).toEqual([3, 2, 1]);
  expect(store.rows).toBe(3);
});

it("starts afresh when the service does", () => {
  const store = new CurveStore();
  store.append(piece(0, 2, { step: [5, 10], loss: [3, 2] }));
  store.append(piece(0, 1, { step: [5], loss: [9] }));
  expect([...store.curve.column("loss")]).toEqual([9]);
});

it("draws nothing anew when nothing came", () => {
  const store = new CurveStore();
  store.append(piece(0, 1, { step: [5], loss: [3] }));
  const before = store.get();
  store.append(piece(1, 1, {}));
  expect(store.get()).toBe(before);
});
