/** Which chart shows which metrics of a run. */

import type { Curve } from "@/components/curves/curve";
import type { Metric } from "@/components/curves/plot-data";
import { formatBytes, formatMetric, formatRatio, formatSpeed } from "@/lib/format";

export interface Chart {
  id: string;
  title: string;
  metrics: Metric[];
  format: (value: number | null | undefined) => string;
}

/** Where a row stands, and not what it measures; and what has the shape of another. */
const UNDRAWN = ["step", "epoch", "time", "tokens", "samples_per_second"];

const one = (name: string, label: string, more: Partial<Metric> = {}): Metric => ({ name, label, color: "data-rate", ...more });
const held = (name: string, label: string): Metric => one(name, label, { color: "data-eval", seldom: true });

const KNOWN: Chart[] = [
  {
    id: "loss",
    title: "Loss",
    metrics: [one("loss", "train", { color: "data-train", smooths: true }), held("eval_loss", "eval")],
    format: formatMetric,
  },
  { id: "rate", title: "Learning rate", metrics: [one("learning_rate", "learning rate")], format: formatMetric },
  {
    id: "norm",
    title: "Gradient norm",
    metrics: [one("grad_norm", "norm", { color: "data-train", smooths: true })],
    format: formatMetric,
  },
  {
    id: "speed",
    title: "Tokens per second",
    metrics: [one("tokens_per_second", "tokens/s", { smooths: true })],
    format: formatSpeed,
  },
  { id: "memory", title: "Memory", metrics: [one("memory_bytes", "most so far")], format: formatBytes },
  { id: "perplexity", title: "Perplexity", metrics: [held("eval_perplexity", "eval")], format: formatMetric },
  { id: "accuracy", title: "Token accuracy", metrics: [held("eval_token_accuracy", "eval")], format: (share) => (share == null ? formatMetric(share) : formatRatio(share)) },
];

/** The charts that a run has something for; a metric that nobody knows has one of its own. */
export function chartsOf(curve: Curve): Chart[] {
  const known = new Set([...UNDRAWN, ...KNOWN.flatMap(({ metrics }) => metrics.map(({ name }) => name))]);
  const further = curve.names.filter((name) => !known.has(name)).map(unknownChart);
  return [...KNOWN.filter(({ metrics }) => metrics.some(({ name }) => curve.has(name))), ...further];
}

function unknownChart(name: string): Chart {
  return { id: `metric-${name}`, title: name, metrics: [one(name, name)], format: formatMetric };
}
