/** Where an adapter or a merged model is used: forms that a link fills in. */

import type { Adapter } from "@/api/types";

export function playgroundAddress(name: string): string {
  return `/playground?model=${encodeURIComponent(name)}`;
}

export function mergeAddress(name: string): string {
  return `/merge?adapter=${encodeURIComponent(name)}`;
}

/** The base first, for it is what the adapter is compared with. */
export function evaluateAddress({ name, base_model: base }: Pick<Adapter, "name" | "base_model">): string {
  return `/evaluate?${new URLSearchParams([base, name].filter(Boolean).map((model) => ["model", model])).toString()}`;
}

export function adapterAddress(name: string): string {
  return `/adapters/${encodeURIComponent(name)}`;
}
