import { client } from "@/api/client";
import { pulse } from "@/api/pulse";
import type { JsonObject, JsonValue, QueuedSweep } from "@/api/types";

/** One configuration with several values in some of its fields. */
export interface Sweep {
  kind: string;
  params: JsonObject;
  vary: Record<string, JsonValue[]>;
  tags?: string[];
}

/** Queues a run for each combination, all or none; the key makes a repeated click the same sweep. */
export async function submitSweep(sweep: Sweep, idempotencyKey: string): Promise<QueuedSweep> {
  const { data } = await client.post<QueuedSweep>("/sweeps", sweep, { headers: { "Idempotency-Key": idempotencyKey } });
  pulse.look();
  return data;
}
