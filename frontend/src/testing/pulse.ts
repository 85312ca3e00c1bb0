import type { Pulse } from "@/api/types";

/** A service with nothing to do, on a machine without a GPU. */
export const PULSE: Pulse = {
  server_id: "s",
  version: "1",
  now: "2026-01-02T03:05:06Z",
  test_mode: false,
  revision: "0-0",
  queued: 0,
  running: [],
  ended: [],
  gpus: [],
  load: {
    cpu_count: 8,
    cpu_percent: 12.5,
    memory_total_bytes: 32e9,
    memory_available_bytes: 20e9,
    disk_total_bytes: 500e9,
    disk_free_bytes: 120e9,
  },
  worker: "unloaded",
  next_in_ms: 10_000,
};
