import type { Adapter } from "@/api/types";
import { labelOf } from "@/components/schema-form/form-spec";
import { formatBytes, formatCount, formatFullTime, formatMetric, formatTime } from "@/lib/format";

function numberOf(adapter: Adapter, ...names: string[]): number | undefined {
  return names.map((name) => adapter[name]).find((value) => typeof value === "number");
}

/** What the registry may know of an adapter beyond its name; what it does not know reads as a dash. */
export function factsOf(adapter: Adapter) {
  return {
    rank: formatCount(numberOf(adapter, "lora_r", "r")),
    size: formatBytes(numberOf(adapter, "size_bytes")),
    trained: formatTime(adapter.training_date),
    loss: formatMetric(numberOf(adapter, "final_loss")),
  };
}

export interface Readable {
  label: string;
  text: string;
  /** What the text leaves out, for a tooltip. */
  exact?: string;
}

/** A parent of a merge. */
function isWeighted(value: unknown): value is { name: string; weight: number } {
  return typeof value === "object" && value !== null && Object.keys(value).sort().join() === "name,weight";
}

const DATE = /^\d{4}-\d{2}-\d{2}T/;

/** A field of the registry, whatever it is, the way people read sizes, times and numbers. */
export function readable(name: string, value: unknown): Readable {
  const label = labelOf(name.replace(/_bytes$/, ""));
  if (typeof value === "number") {
    if (name.endsWith("_bytes")) return { label, text: formatBytes(value), exact: `${formatCount(value)} bytes` };
    return { label, text: Number.isInteger(value) ? formatCount(value) : formatMetric(value), exact: String(value) };
  }
  if (typeof value === "string" && DATE.test(value)) return { label, text: formatTime(value), exact: formatFullTime(value) };
  if (Array.isArray(value)) return { label, text: value.map((part) => plain(part)).join(", ") };
  return { label, text: plain(value) };
}

function plain(value: unknown): string {
  if (isWeighted(value)) return `${value.weight} × ${value.name}`;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
