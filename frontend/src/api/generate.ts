import { useMutation } from "@tanstack/react-query";

import { client } from "@/api/client";
import type { GenerateRequest, Generated } from "@/api/types";

/** The first answer waits for the model to load. */
const GENERATE_TIMEOUT_MS = 300_000;

export function useGenerate() {
  return useMutation({
    mutationFn: async (request: GenerateRequest) =>
      (await client.post<Generated>("/generate", request, { timeout: GENERATE_TIMEOUT_MS })).data,
  });
}
