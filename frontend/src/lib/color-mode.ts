/** Light or dark: what `public/theme-boot.js` set before the first paint, switched and remembered here. */

import { useSyncExternalStore } from "react";

export type ColorMode = "light" | "dark";

const listeners = new Set<() => void>();

function current(): ColorMode {
  return document.documentElement.classList.contains("dark") ? "dark" : "light";
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Switch the page; remembered per browser. */
export function setColorMode(mode: ColorMode): void {
  const root = document.documentElement;
  root.classList.remove("light", "dark");
  root.classList.add(mode);
  root.style.colorScheme = mode;
  try {
    localStorage.setItem("color-mode", mode);
  } catch {
    // Storage is blocked: the choice holds for this page only.
  }
  for (const listener of listeners) listener();
}

export function useColorMode(): ColorMode {
  return useSyncExternalStore(subscribe, current);
}
