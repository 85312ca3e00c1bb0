/** Light, dark, or as the system has it: what `public/theme-boot.js` set before the first paint, switched here. */

import { Store, useStore } from "@/lib/store";

export type ColorMode = "light" | "dark";
export type ThemeChoice = ColorMode | "system";

/** The boot file reads it too, before any of this is loaded. */
const KEY = "color-mode";
const PREFERS_DARK = "(prefers-color-scheme: dark)";

class Theme extends Store<ThemeChoice> {
  constructor() {
    super(stored());
    window.matchMedia(PREFERS_DARK).addEventListener("change", () => this.apply(this.get()));
    window.addEventListener("storage", ({ key }) => (key === KEY || key === null) && this.apply(stored()));
  }

  /** Switch the page; remembered per browser. */
  readonly choose = (choice: ThemeChoice): void => {
    try {
      if (choice === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, choice);
    } catch {
      // Storage is blocked: the choice holds for this page only.
    }
    this.apply(choice);
  };

  private apply(choice: ThemeChoice): void {
    const mode = choice === "system" ? systemMode() : choice;
    const root = document.documentElement;
    root.classList.remove("light", "dark");
    root.classList.add(mode);
    root.style.colorScheme = mode;
    this.set(choice);
  }
}

class Mode extends Store<ColorMode> {
  constructor(theme: Theme) {
    super(shown());
    theme.subscribe(() => this.set(shown()));
  }
}

function stored(): ThemeChoice {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
}

function systemMode(): ColorMode {
  return window.matchMedia(PREFERS_DARK).matches ? "dark" : "light";
}

function shown(): ColorMode {
  return document.documentElement.classList.contains("dark") ? "dark" : "light";
}

export const theme = new Theme();
const mode = new Mode(theme);

/** What was chosen. */
export function useTheme(): ThemeChoice {
  return useStore(theme);
}

/** What is shown. */
export function useColorMode(): ColorMode {
  return useStore(mode);
}
