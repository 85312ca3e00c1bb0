import type { Adapter } from "@/api/types";
import { formatBytes, formatCount, formatMetric, formatTime } from "@/lib/format";

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
