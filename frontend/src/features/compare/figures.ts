/** What came of runs, side by side: the same figure of each, and which is the best. */

import type { JobDetail, JsonValue } from "@/api/types";
import { formatAbout, formatBytes, formatCount, formatDuration, formatMetric, formatShare, formatSpeed, NOTHING } from "@/lib/format";

type Better = "lower" | "higher";

interface Measure {
  /** In the run's result, else among its metrics. */
  names: string[];
  label: string;
  format: (value: number) => string;
  better?: Better;
  /** What was predicted of it. */
  predicted?: { name: string; format: (value: number) => string };
}

const MEASURES: Measure[] = [
  { names: ["final_loss", "loss"], label: "Training loss", format: formatMetric, better: "lower" },
  { names: ["eval_loss"], label: "Evaluation loss", format: formatMetric, better: "lower" },
  { names: ["eval_perplexity"], label: "Perplexity", format: formatMetric, better: "lower" },
  { names: ["token_accuracy", "eval_token_accuracy"], label: "Token accuracy", format: formatShare, better: "higher" },
  { names: ["steps", "step"], label: "Steps", format: formatCount },
  { names: ["tokens_per_second"], label: "Tokens per second", format: formatSpeed, better: "higher" },
  { names: ["seconds"], label: "Time", format: formatDuration, better: "lower", predicted: { name: "seconds", format: formatAbout } },
  { names: ["peak_memory_bytes"], label: "Peak memory", format: formatBytes, better: "lower", predicted: { name: "memory_bytes", format: formatBytes } },
];

export interface Cell {
  text: string;
  note?: string;
  best?: boolean;
}

export interface Row {
  label: string;
  /** In words, e.g. "lower is better". */
  hint?: string;
  cells: Cell[];
}

/** The figures that at least one of the runs has. */
export function figuresOf(jobs: readonly JobDetail[]): Row[] {
  return MEASURES.flatMap((measure) => {
    const values = jobs.map((job) => valueOf(job, measure));
    if (values.every((value) => value === undefined)) return [];
    const best = bestOf(values, measure.better);
    const cells = values.map((value, at) => ({
      text: value === undefined ? NOTHING : measure.format(value),
      note: predictionOf(jobs[at], measure),
      best: value !== undefined && value === best,
    }));
    return [{ label: measure.label, hint: measure.better && `${measure.better} is better`, cells }];
  });
}

/** The best of values that differ; of one value alone nothing is the best. */
export function bestOf(values: readonly (number | undefined)[], better: Better | undefined): number | undefined {
  const told = values.filter((value) => value !== undefined);
  if (!better || new Set(told).size < 2) return undefined;
  return better === "lower" ? Math.min(...told) : Math.max(...told);
}

function valueOf({ result, metrics }: JobDetail, { names }: Measure): number | undefined {
  const found = [result ?? {}, metrics].flatMap((record) => names.map((name) => (Object.hasOwn(record, name) ? record[name] : undefined)));
  return found.find((value) => typeof value === "number");
}

function predictionOf(job: JobDetail | undefined, { predicted }: Measure): string | undefined {
  const value = predicted && numberIn(job?.result?.estimate, predicted.name);
  return value === undefined ? undefined : `predicted ${predicted?.format(value)}`;
}

function numberIn(record: JsonValue | undefined, name: string): number | undefined {
  if (typeof record !== "object" || record === null || Array.isArray(record)) return undefined;
  const value = record[name];
  return typeof value === "number" ? value : undefined;
}
