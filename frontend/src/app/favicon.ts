/** The icon in the browser's tab: how far the run is, or how the last one ended. */

export type TabState = { progress: number } | "succeeded" | "failed" | null;

const [TRACK, TEAL, RED, WHITE] = ["#94a3b8", "#0d9488", "#dc2626", "#ffffff"];
const RADIUS = 12;
const AROUND = 2 * Math.PI * RADIUS;

/** Draws it anew; nothing to tell brings the product's own icon back. */
export function showFavicon(state: TabState): void {
  const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  if (!link) return;
  link.dataset.own ??= link.href;
  const wanted = state === null ? link.dataset.own : `data:image/svg+xml,${encodeURIComponent(drawing(state))}`;
  if (link.href !== wanted) link.href = wanted;
}

function drawing(state: NonNullable<TabState>): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke-width="5">${marks(state)}</svg>`;
}

function marks(state: NonNullable<TabState>): string {
  if (state === "succeeded") return `<circle cx="16" cy="16" r="15" fill="${TEAL}"/><path d="M9 17l5 5 9-11" stroke="${WHITE}" stroke-width="4"/>`;
  if (state === "failed") return `<circle cx="16" cy="16" r="15" fill="${RED}"/><path d="M10 10l12 12M22 10L10 22" stroke="${WHITE}" stroke-width="4"/>`;
  // In steps of 2 %: every change is a new image for the browser to take in.
  const done = (AROUND * Math.round(state.progress / 2) * 2) / 100;
  const arc = `stroke-dasharray="${done.toFixed(1)} ${AROUND.toFixed(1)}" transform="rotate(-90 16 16)"`;
  return `<circle cx="16" cy="16" r="${RADIUS}" stroke="${TRACK}" stroke-opacity=".45"/><circle cx="16" cy="16" r="${RADIUS}" stroke="${TEAL}" ${arc}/>`;
}
