import { useEffect } from "react";

const PRODUCT = "QLoRA fine-tuning";

/** Puts the page's state into the browser's tab. */
export function useDocumentTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · ${PRODUCT}`;
  }, [title]);
}
