/** What the report draws, computed from a comparison. */

import type { ComparedPair, Comparison } from "@/api/types";

export type Measure = "cosine" | "conflict";

export interface PairSummary {
  pair: readonly [number, number];
  names: readonly [string, string];
  cosine: number;
  conflict: number;
  overlapIn: number;
  overlapOut: number;
  /** Where the two are most alike, or most opposed. */
  extreme: ComparedPair;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const half = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[sorted.length % 2 === 0 ? half - 1 : half], sorted[half]];
  return (low + high) / 2;
}

export function isPair({ pair }: ComparedPair, [one, other]: readonly [number, number]): boolean {
  return pair[0] === one && pair[1] === other;
}

/** Every pair with the medians over its layers. */
export function pairSummaries({ parents, pairs }: Comparison): PairSummary[] {
  const byPair = new Map<string, ComparedPair[]>();
  for (const found of pairs) byPair.set(found.pair.join(), [...(byPair.get(found.pair.join()) ?? []), found]);
  return [...byPair.values()].flatMap((layers) => {
    const [first] = layers;
    if (!first) return [];
    const [one, other] = first.pair as [number, number];
    const over = (figure: (layer: ComparedPair) => number) => median(layers.map(figure));
    return {
      pair: [one, other] as const,
      names: [parents[one]?.name ?? "", parents[other]?.name ?? ""] as const,
      cosine: over((layer) => layer.cosine),
      conflict: over((layer) => layer.conflict),
      overlapIn: over((layer) => layer.overlap_in),
      overlapOut: over((layer) => layer.overlap_out),
      extreme: layers.reduce((most, layer) => (Math.abs(layer.cosine) > Math.abs(most.cosine) ? layer : most), first),
    };
  });
}

export interface Place {
  /** Number of the layer; null for what stands outside of them, such as the embeddings. */
  layer: number | null;
  kind: string;
}

/** `model.layers.3.self_attn.o_proj` is layer 3, `self_attn.o_proj`; further numbers (experts) are taken together. */
export function placeOf(module: string): Place {
  const parts = module.split(".");
  const at = parts.findIndex((part) => /^\d+$/.test(part));
  if (at === -1) return { layer: null, kind: parts.at(-1) ?? module };
  const kind = parts.slice(at + 1).map((part) => (/^\d+$/.test(part) ? "*" : part));
  return { layer: Number(parts[at]), kind: kind.join(".") };
}

export function countLayers({ modules }: Comparison): number {
  return new Set(modules.map(({ module }) => placeOf(module).layer)).size;
}

export interface Cell extends Place {
  /** The median of the modules in this place. */
  value: number;
  modules: ComparedPair[];
}

export interface HeatMapData {
  layers: (number | null)[];
  rows: { kind: string; cells: (Cell | null)[] }[];
  /** What the strongest colour stands for: the distance from `middle`. */
  limit: number;
  /** The value of two adapters that have nothing to do with each other. */
  middle: number;
}

const MIDDLE: Record<Measure, number> = { cosine: 0, conflict: 0.5 };
const LIMITS = [0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1];

/** Layers by kinds of module; the colours span what is there, in steps that can be read. */
export function heatMap(pairs: ComparedPair[], measure: Measure): HeatMapData {
  const cells = new Map<string, Cell>();
  for (const found of pairs) {
    const { layer, kind } = placeOf(found.module);
    const known = cells.get(`${layer} ${kind}`);
    cells.set(`${layer} ${kind}`, { layer, kind, value: 0, modules: [...(known?.modules ?? []), found] });
  }
  for (const cell of cells.values()) cell.value = median(cell.modules.map((found) => found[measure]));
  const all = [...cells.values()];
  const layers = [...new Set(all.map(({ layer }) => layer))].sort((one, other) => (one ?? Infinity) - (other ?? Infinity));
  const kinds = [...new Set(all.map(({ kind }) => kind))];
  const middle = MIDDLE[measure];
  const most = Math.max(0, ...all.map(({ value }) => Math.abs(value - middle)));
  return {
    layers,
    rows: kinds.map((kind) => ({ kind, cells: layers.map((layer) => cells.get(`${layer} ${kind}`) ?? null) })),
    limit: Math.min(LIMITS.find((limit) => most <= limit) ?? 1, measure === "conflict" ? 0.5 : 1),
    middle,
  };
}

/** From -1 (they oppose each other) over 0 (unrelated) to 1 (they agree), whatever is measured. */
export function agreementOf(value: number, measure: Measure, { limit, middle }: HeatMapData): number {
  const towards = measure === "conflict" ? middle - value : value - middle;
  return Math.max(-1, Math.min(1, towards / limit));
}

export interface EnergyPoint {
  rank: number;
  median: number;
  least: number;
}

/** The share of the sum that each rank keeps. A rank that a small layer does not even have keeps all of it. */
export function energyByRank({ modules }: Comparison): EnergyPoint[] {
  const ranks = [...new Set(modules.flatMap(({ energy }) => Object.keys(energy).map(Number)))].sort((one, other) => one - other);
  return ranks.map((rank) => {
    const shares = modules.map(({ energy }) => energy[String(rank)] ?? 1);
    return { rank, median: median(shares), least: Math.min(...shares) };
  });
}

/** The rank that keeps 99.9 % in every layer. */
export function rankNeeded({ modules }: Comparison): number {
  return Math.max(0, ...modules.map(({ rank_999 }) => rank_999));
}
