import { expect, it } from "vitest";

import { USUAL_VIEW, viewOf, withView } from "@/components/curves/view";

it("stands in the address as far as it is not the usual one, beside what else is there", () => {
  const view = { ...USUAL_VIEW, x: "time" as const, smoothing: 0.95, log: true, zoom: { min: 10.123456789, max: 20 }, large: "loss" };
  const address = withView(new URLSearchParams("tab=1"), view);
  expect(address.toString()).toBe("tab=1&x=time&smooth=0.95&log=1&zoom=10.123457%7E20&chart=loss");
  expect(viewOf(address)).toEqual({ ...view, zoom: { min: 10.123457, max: 20 } });
  expect(withView(address, USUAL_VIEW).toString()).toBe("tab=1");
});

it("takes nothing from an address that makes no sense", () => {
  expect(viewOf(new URLSearchParams("x=y&smooth=1&zoom=5~2&log=yes"))).toEqual(USUAL_VIEW);
});
