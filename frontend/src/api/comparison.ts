import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { get } from "@/api/client";
import type { Comparison, JsonObject } from "@/api/types";

/** The service gives a comparison up after two minutes. */
const LONGEST_MS = 130_000;

/** What changes a comparison beside the adapters; they are parameters of a merge too. */
const FLAGS = ["normalize", "allow_partial", "allow_duplicates", "assume_same_base"];

export interface Compared {
  /** Each as `name:weight`. */
  adapters: string[];
  flags: JsonObject;
}

export function comparedBy(adapters: string[], params: JsonObject): Compared {
  return { adapters, flags: Object.fromEntries(FLAGS.filter((name) => name in params).map((name) => [name, params[name] ?? null])) };
}

/** How adapters relate. A question that is not waited for any more is given up, and with it the work on it. */
export function comparisonQuery({ adapters, flags }: Compared, enabled: boolean) {
  return queryOptions({
    queryKey: ["comparison", adapters, flags],
    queryFn: ({ signal }) => get<Comparison>("/adapters/compare", { adapters, ...flags }, signal, LONGEST_MS),
    enabled,
    retry: false,
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  });
}
