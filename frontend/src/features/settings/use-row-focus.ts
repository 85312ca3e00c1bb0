import { useEffect } from "react";

import { useDrafts } from "@/features/settings/drafts";

export function rowId(name: string): string {
  return `setting-${name}`;
}

/** Of the settings that were refused, the first one's control takes the focus, wherever it has to be drawn first. */
export function useRowFocus(name: string): void {
  const { faults } = useDrafts();
  const isFirst = Object.keys(faults)[0] === name;
  useEffect(() => {
    if (isFirst) document.getElementById(rowId(name))?.querySelector<HTMLElement>("input, select, textarea, button")?.focus();
  }, [isFirst, faults, name]);
}
