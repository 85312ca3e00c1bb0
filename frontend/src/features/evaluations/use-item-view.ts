import { useSearchParams } from "react-router";

import type { ItemView } from "@/api/evaluations";

/** Items on a page of the table. */
export const PAGE = 25;

export const FILTERS = [
  { value: "", label: "All" },
  { value: "lowest", label: "Lowest" },
  { value: "unscored", label: "Unscored" },
  { value: "changed", label: "Most changed" },
];

export interface ItemAddress {
  view: ItemView;
  /** The item whose detail is open. */
  item: string | null;
  /** Changes parts of the address; null takes one away. */
  go: (parts: Record<string, string | null>, keep?: "replace") => void;
}

/** What of the items is shown stands in the address: it can be shared, and the back button takes it back. */
export function useItemView(): ItemAddress {
  const [search, setSearch] = useSearchParams();
  const go: ItemAddress["go"] = (parts, keep) => {
    const next = new URLSearchParams(search);
    for (const [name, value] of Object.entries(parts)) {
      if (value === null || value === "") next.delete(name);
      else next.set(name, value);
    }
    setSearch(next, { replace: keep === "replace", preventScrollReset: true });
  };
  return {
    view: {
      sort: search.get("sort") ?? undefined,
      order: search.get("order") ?? undefined,
      filter: search.get("filter") ?? undefined,
      limit: PAGE,
      offset: Math.max(0, Number(search.get("offset")) || 0),
    },
    item: search.get("item"),
    go,
  };
}
