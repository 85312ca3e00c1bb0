import { expect, it } from "vitest";

import { linesNamed } from "@/features/jobs/log-place";

it("takes the lines of a link, in either order", () => {
  expect(linesNamed("#L1042")).toEqual({ from: 1041, to: 1041 });
  expect(linesNamed("#L20-L10")).toEqual({ from: 9, to: 19 });
});

it("takes no other address for a line", () => {
  for (const hash of ["", "#L", "#L1x", "#log", "#L-3"]) expect(linesNamed(hash)).toBeNull();
});
