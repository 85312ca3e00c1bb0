/** The parts of a dataset's page, each with an address of its own. */

export const TABS = [
  { id: "records", label: "Records" },
  { id: "lengths", label: "Lengths" },
  { id: "problems", label: "Problems" },
  { id: "duplicates", label: "Duplicates" },
  { id: "columns", label: "Columns" },
] as const;

export type TabId = (typeof TABS)[number]["id"];

export function addressIn(name: string, tab: TabId = "records", search = ""): string {
  const place = `/datasets/${encodeURIComponent(name)}${tab === "records" ? "" : `/${tab}`}`;
  return search ? `${place}?${search}` : place;
}
