/** An adapter and what was made of it, as a service might tell of them. */

import type { Adapter, AdapterDetail, BaseModel, Lineage } from "@/api/types";

export const ADAPTER: Adapter = {
  name: "physics",
  path: "models/physics",
  description: "Answers physics",
  training_date: "2026-11-23T11:28:30+00:00",
  base_model: "tiny",
  size_bytes: 1_234_567,
  problem: null,
  dataset: "qa.json",
  lora_r: 16,
  final_loss: 0.2328273,
  lora_target_modules: ["q_proj", "v_proj"],
};

export const DETAIL: AdapterDetail = {
  adapter: ADAPTER,
  former_names: ["old"],
  job_id: "j1",
  card: "# physics\n\nIt knows **forces**.",
  run: {
    kind: "train",
    started_at: null,
    finished_at: "2026-11-23T11:28:30+00:00",
    device: "CPU",
    versions: { torch: "2.9.0" },
    dataset: { path: "qa.json", sha256: "0123456789abcdef0123", examples: 480, tokens: 20_000, supervised_tokens: 8_000, truncated: 3 },
    result: { seconds: 75 },
    params: { learning_rate: 0.002, lora_r: 16 },
  },
  files: [
    { name: "README.md", size_bytes: 567 },
    { name: "adapter_model.safetensors", size_bytes: 1_234_000 },
  ],
};

export const LINEAGE: Lineage = {
  nodes: [
    { id: "dataset:qa.json", noun: "dataset", name: "qa.json", is_here: true, detail: null },
    { id: "run:physics", noun: "run", name: "j1", is_here: true, detail: null },
    { id: "base:tiny", noun: "base", name: "tiny", is_here: true, detail: null },
    { id: "adapter:physics", noun: "adapter", name: "physics", is_here: true, detail: null },
    { id: "adapter:gone", noun: "adapter", name: "gone", is_here: false, detail: null },
    { id: "model:whole", noun: "model", name: "whole", is_here: true, detail: "svd" },
  ],
  edges: [
    { source: "dataset:qa.json", target: "run:physics", weight: null },
    { source: "run:physics", target: "adapter:physics", weight: null },
    { source: "base:tiny", target: "adapter:physics", weight: null },
    { source: "adapter:physics", target: "model:whole", weight: 0.7 },
    { source: "adapter:gone", target: "model:whole", weight: 0.3 },
  ],
};

export const MERGED_MODEL: BaseModel = {
  name: "whole",
  source: "folder",
  is_here: true,
  commit: null,
  size_bytes: 9_000_000,
  problem: null,
  merged: {
    name: "whole",
    made_at: "2026-11-24T11:28:30+00:00",
    method: "svd",
    base_model: "tiny",
    merged_from: [
      { name: "physics", weight: 0.7 },
      { name: "gone", weight: 0.3 },
    ],
  },
};
