import { useRef } from "react";

import { newKey } from "@/lib/new-key";

/** The same parameters get the same key: a double click or a retry after a lost answer starts one job, not two. */
export function useIdempotencyKey(): (params: object) => string {
  const last = useRef({ params: "", key: "" });
  return (params) => {
    const text = JSON.stringify(params);
    if (last.current.params !== text) last.current = { params: text, key: newKey() };
    return last.current.key;
  };
}
