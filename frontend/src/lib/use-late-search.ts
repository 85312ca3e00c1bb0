/** What was done on a page, written into its address some time after it was done. */

import { useCallback, useState } from "react";
import { useSearchParams } from "react-router";

type Change = (before: URLSearchParams) => URLSearchParams;

/** The search of the address, and what changes it without a step back; nothing once somebody has left for another page. */
export function useLateSearch(): [URLSearchParams, (change: Change) => void] {
  const [params, setParams] = useSearchParams();
  const [home] = useState(() => window.location.pathname);
  const write = useCallback(
    (change: Change) => {
      // A link changes the address at once, and its page is drawn when it is loaded: written in between, the address
      // of this page would lead back to it.
      if (window.location.pathname === home) setParams(change, { replace: true, preventScrollReset: true });
    },
    [home, setParams],
  );
  return [params, write];
}
