/** Which runs stand side by side: in the address, so that a comparison can be sent to somebody. */

export const FEWEST_COMPARED = 2;
/** More lines in one chart cannot be told apart. */
export const MOST_COMPARED = 6;

export function addressOfComparison(ids: readonly string[]): string {
  return `/jobs/compare?ids=${ids.map(encodeURIComponent).join(",")}`;
}

export function comparedIn(search: URLSearchParams): string[] {
  return [...new Set((search.get("ids") ?? "").split(",").filter(Boolean))];
}
