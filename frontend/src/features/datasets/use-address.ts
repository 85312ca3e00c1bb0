import { useSearchParams } from "react-router";

/** What is shown stands in the address: it can be shared, and the back button takes it back. */
export function useAddress() {
  const [search, setSearch] = useSearchParams();
  /** Changes parts of the address; null or nothing takes one away. */
  const go = (parts: Record<string, string | null>, replace = false) => {
    const next = new URLSearchParams(search);
    for (const [name, value] of Object.entries(parts)) {
      if (value === null || value === "") next.delete(name);
      else next.set(name, value);
    }
    setSearch(next, { replace, preventScrollReset: true });
  };
  /** A number of the address, if it is one. */
  const number = (name: string): number | undefined => {
    const value = Number(search.get(name) ?? NaN);
    return Number.isInteger(value) && value >= 0 ? value : undefined;
  };
  return { text: (name: string) => search.get(name) ?? "", number, go };
}
