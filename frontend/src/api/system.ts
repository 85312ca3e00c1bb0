import { queryOptions } from "@tanstack/react-query";

import { get } from "@/api/client";
import type { Health } from "@/api/types";

const HEALTH_EVERY_MS = 10_000;
const HEALTH_EVERY_MS_WHEN_LOST = 2000;

/** Is anybody there? Asked for ever, more often while nobody is. */
export const healthQuery = queryOptions({
  queryKey: ["health"],
  queryFn: ({ signal }) => get<Health>("/health", undefined, signal),
  refetchInterval: ({ state }) => (state.status === "error" ? HEALTH_EVERY_MS_WHEN_LOST : HEALTH_EVERY_MS),
  retry: false,
});
