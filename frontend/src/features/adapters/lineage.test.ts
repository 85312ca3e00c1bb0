import { describe, expect, it } from "vitest";

import type { Lineage, LineageNode } from "@/api/types";
import { addressOf, around, layout, titleOf } from "@/features/adapters/lineage";

function lineageOf(...edges: [string, string][]): Lineage {
  const ids = [...new Set(edges.flat())];
  return {
    nodes: ids.map((id) => ({ id, noun: "adapter", name: id, is_here: true, detail: null })),
    edges: edges.map(([source, target]) => ({ source, target, weight: null })),
  };
}

const FAMILY = lineageOf(["data", "run"], ["run", "a"], ["base", "a"], ["base", "b"], ["a", "ab"], ["b", "ab"], ["base", "other"]);

it("keeps what came before and after, and no cousins", () => {
  expect(around(FAMILY, "a").nodes.map(({ id }) => id).sort()).toEqual(["a", "ab", "base", "data", "run"]);
  expect(around(FAMILY, "other").nodes.map(({ id }) => id).sort()).toEqual(["base", "other"]);
});

describe("the drawing", () => {
  const placeOf = (drawn: Lineage, id: string) => layout(drawn).placed.find(({ node }) => node.id === id);

  it("goes from left to right, the beginnings close to what came of them", () => {
    const columns = Object.fromEntries(layout(FAMILY).placed.map(({ node, column }) => [node.id, column]));
    expect(columns).toEqual({ data: 0, run: 1, base: 0, a: 2, b: 1, ab: 3, other: 1 });
  });

  it("gives each box a place of its own", () => {
    const places = layout(FAMILY).placed.map(({ column, row }) => `${column} ${row}`);
    expect(new Set(places).size).toBe(FAMILY.nodes.length);
  });

  it("sets a lonely column in the middle", () => {
    const drawn = lineageOf(["x", "z"], ["y", "z"]);
    expect(placeOf(drawn, "z")).toMatchObject({ column: 1, row: 0.5 });
  });

  it("ends though the registry leads in a circle", () => {
    const circle = lineageOf(["a", "b"], ["b", "a"]);
    expect(around(circle, "a").nodes).toHaveLength(2);
    expect(layout(circle).placed).toHaveLength(2);
  });
});

const NODE: LineageNode = { id: "x", noun: "adapter", name: "x y", is_here: true, detail: null };

it.each<[Partial<LineageNode>, string | null]>([
  [{}, "/adapters/x%20y"],
  [{ is_here: false }, "/adapters/x%20y"], // its page says what is missing
  [{ noun: "dataset" }, "/datasets/x%20y"],
  [{ noun: "dataset", is_here: false }, null],
  [{ noun: "run", name: "j1" }, "/jobs/j1"],
  [{ noun: "run", name: "", is_here: false }, null],
  [{ noun: "model" }, "/playground?model=x%20y"],
  [{ noun: "base" }, null],
])("%j leads to %s", (given, address) => expect(addressOf({ ...NODE, ...given })).toBe(address));

it("says of a run that nobody remembers that it is not in the history", () => {
  expect(titleOf({ ...NODE, noun: "run", name: "", is_here: false })).toBe("not in the history");
});
