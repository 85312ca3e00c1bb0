/** The part of the lineage around one thing, and where each of its parts stands in a drawing. */

import type { Lineage, LineageNode } from "@/api/types";

export type Edge = Lineage["edges"][number];

/** Everything that the thing came of, and everything that came of it. */
export function around({ nodes, edges }: Lineage, id: string): Lineage {
  const kept = new Set([...reached(edges, id, "target", "source"), ...reached(edges, id, "source", "target")]);
  return { nodes: nodes.filter((node) => kept.has(node.id)), edges: edges.filter(({ source, target }) => kept.has(source) && kept.has(target)) };
}

type End = "source" | "target";

function reached(edges: Edge[], id: string, from: End, to: End): Set<string> {
  const found = new Set([id]);
  for (const known of found) for (const edge of edges) if (edge[from] === known) found.add(edge[to]);
  return found;
}

export interface Placed {
  node: LineageNode;
  column: number;
  /** From the top, in rows; between two of them where its column has fewer than the fullest. */
  row: number;
}

export interface Drawing {
  placed: Placed[];
  columns: number;
  rows: number;
}

/** Each one right of all that it came of, and close to what came of it. */
export function layout({ nodes, edges }: Lineage): Drawing {
  const columns = columnsOf(nodes, edges);
  const count = 1 + Math.max(0, ...columns.values());
  const stacks = Array.from({ length: count }, (_, column) => nodes.filter(({ id }) => columns.get(id) === column));
  const rows = Math.max(1, ...stacks.map((stack) => stack.length));
  const placed: Placed[] = [];
  stacks.forEach((stack, column) => {
    const ordered = orderedBy(stack, edges, placed);
    ordered.forEach((node, index) => placed.push({ node, column, row: index + (rows - stack.length) / 2 }));
  });
  return { placed, columns: count, rows };
}

/** The longest way from a beginning; what nothing came before stands just left of what came of it. */
function columnsOf(nodes: LineageNode[], edges: Edge[]): Map<string, number> {
  const columns = new Map(nodes.map(({ id }) => [id, 0]));
  // As often as there are things: a registry that was written by hand may lead in a circle, which must not last.
  for (let round = 0; round < nodes.length; round += 1) {
    for (const { source, target } of edges) columns.set(target, Math.min(nodes.length - 1, Math.max(columns.get(target) ?? 0, (columns.get(source) ?? 0) + 1)));
  }
  for (const { id } of nodes) {
    if (edges.some(({ target }) => target === id)) continue;
    const next = edges.filter(({ source }) => source === id).map(({ target }) => columns.get(target) ?? 0);
    if (next.length > 0) columns.set(id, Math.max(0, Math.min(...next) - 1));
  }
  const least = Math.min(...columns.values());
  return new Map([...columns].map(([id, column]) => [id, column - least]));
}

/** Beside what they came of, so that few lines cross. */
function orderedBy(stack: LineageNode[], edges: Edge[], before: Placed[]): LineageNode[] {
  const rows = new Map(before.map(({ node, row }) => [node.id, row]));
  const middle = ({ id }: LineageNode) => {
    const own = edges.filter(({ target }) => target === id).map(({ source }) => rows.get(source) ?? 0);
    return own.length === 0 ? 0 : own.reduce((sum, row) => sum + row, 0) / own.length;
  };
  return [...stack].sort((one, other) => middle(one) - middle(other));
}

const NOUNS: Record<LineageNode["noun"], string> = { dataset: "Dataset", base: "Base model", run: "Run", adapter: "Adapter", model: "Merged model" };

export function nounOf({ noun, detail }: LineageNode): string {
  return detail ? `${NOUNS[noun]}, ${detail}` : NOUNS[noun];
}

/** What stands on it: a run goes by its job, of which the first letters are enough. */
export function titleOf({ noun, name }: LineageNode): string {
  return noun === "run" && name === "" ? "not in the history" : name;
}

/** The page that tells of it; a base has none, nor has what is gone. */
export function addressOf({ noun, name, is_here: isHere }: LineageNode): string | null {
  if (name === "" || (!isHere && noun !== "adapter")) return null;
  const named = encodeURIComponent(name);
  switch (noun) {
    case "dataset":
      return `/datasets/${named}`;
    case "run":
      return `/jobs/${named}`;
    case "adapter":
      return `/adapters/${named}`;
    case "model":
      return `/playground?model=${named}`;
    case "base":
      return null;
  }
}
