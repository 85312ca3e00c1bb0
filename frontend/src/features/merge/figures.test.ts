import { describe, expect, it } from "vitest";

import type { ComparedPair, Comparison } from "@/api/types";
import { summaryOf } from "@/features/merge/EnergyChart";
import { agreementOf, countLayers, energyByRank, heatMap, median, pairSummaries, placeOf, rankNeeded } from "@/features/merge/figures";
import { formatCosine, spanOf } from "@/features/merge/words";
import { COMPARISON } from "@/testing/fixtures";

function pairAt(module: string, cosine: number, conflict = 0.5): ComparedPair {
  return { module, pair: [0, 1], cosine, conflict, overlap_in: 0, overlap_out: 0 };
}

it.each([
  ["model.layers.3.self_attn.o_proj", 3, "self_attn.o_proj"],
  ["transformer.h.11.attn.c_attn", 11, "attn.c_attn"],
  ["model.layers.0.mlp.experts.13.up_proj", 0, "mlp.experts.*.up_proj"],
  ["model.embed_tokens", null, "embed_tokens"],
  ["lm_head", null, "lm_head"],
])("%s stands in layer %j as %s", (module, layer, kind) => expect(placeOf(module)).toEqual({ layer, kind }));

it.each([
  [[3, 1, 2], 2],
  [[4, 1, 2, 3], 2.5],
  [[7], 7],
  [[], 0],
])("the median of %j is %j", (values, expected) => expect(median(values)).toBe(expected));

describe("a heat map", () => {
  const pairs = [pairAt("l.10.q", 0.2), pairAt("l.2.q", -0.3), pairAt("l.2.mlp.e.0.up", 0.1), pairAt("l.2.mlp.e.1.up", 0.3), pairAt("head", 0)];
  const map = heatMap(pairs, "cosine");

  it("has the layers in their order as numbers, and last what stands outside of them", () => {
    expect(map.layers).toEqual([2, 10, null]);
    expect(map.rows.map(({ kind }) => kind)).toEqual(["q", "mlp.e.*.up", "head"]);
  });

  it("has a place for every kind in every layer, empty where there is none", () => {
    expect(map.rows.map(({ cells }) => cells.map((cell) => cell?.value ?? null))).toEqual([
      [-0.3, 0.2, null],
      [0.2, null, null],
      [null, null, 0],
    ]);
    expect(map.rows[1]?.cells[0]?.modules).toHaveLength(2);
  });

  it("spans what is there in steps that can be read", () => {
    expect(map.limit).toBe(0.35);
    expect(heatMap([pairAt("l.0.q", 0.01)], "cosine").limit).toBe(0.05);
    expect(heatMap([pairAt("l.0.q", -0.93)], "cosine").limit).toBe(1);
    expect(heatMap([pairAt("l.0.q", 0, 1)], "conflict").limit).toBe(0.5);
    expect(heatMap([], "cosine")).toMatchObject({ layers: [], rows: [] });
  });

  it("paints agreement alike, whether cosine or conflict is measured", () => {
    const cosines = heatMap([pairAt("l.0.q", 1)], "cosine");
    expect([-1, 0, 0.5, 1].map((value) => agreementOf(value, "cosine", cosines))).toEqual([-1, 0, 0.5, 1]);
    const conflicts = heatMap([pairAt("l.0.q", 0, 0)], "conflict");
    expect([1, 0.5, 0.25, 0].map((value) => agreementOf(value, "conflict", conflicts))).toEqual([-1, 0, 0.5, 1]);
  });
});

it("sums a pair up over its layers and names where it is strongest", () => {
  const [summary, ...others] = pairSummaries(COMPARISON);
  expect(others).toHaveLength(0);
  expect(summary).toMatchObject({ pair: [0, 1], names: ["physics", "history"], extreme: { module: "model.layers.1.mlp.up_proj" } });
  expect(summary?.cosine).toBeCloseTo(-0.2);
});

it("keeps pairs apart", () => {
  const three: Comparison = {
    ...COMPARISON,
    pairs: [pairAt("l.0.q", 1), { ...pairAt("l.0.q", 0.5), pair: [0, 2] }, { ...pairAt("l.0.q", -1), pair: [1, 2] }],
  };
  expect(pairSummaries(three).map(({ pair, cosine }) => [pair.join(), cosine])).toEqual([
    ["0,1", 1],
    ["0,2", 0.5],
    ["1,2", -1],
  ]);
});

it("tells what each rank keeps, also where a small layer has fewer ranks", () => {
  expect(energyByRank(COMPARISON)).toEqual([
    { rank: 1, median: 0.5, least: 0.4 },
    { rank: 2, median: 0.9, least: 0.8 },
    { rank: 4, median: 0.975, least: 0.95 },
  ]);
  expect(rankNeeded(COMPARISON)).toBe(5);
  expect(countLayers(COMPARISON)).toBe(2);
  expect(summaryOf(energyByRank(COMPARISON), 5)).toContain("rank 2 90 % and 80 %");
});

it("writes figures as people read them", () => {
  expect([0.123, -0.9, -0.001, 0].map(formatCosine)).toEqual(["+0.12", "−0.90", "0.00", "0.00"]);
  expect([spanOf([16]), spanOf([4, 64])]).toEqual(["16", "4 to 64"]);
});
