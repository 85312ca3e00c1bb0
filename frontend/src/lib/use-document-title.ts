/** The title in the browser's tab: what goes on, then the page. */

import { useEffect } from "react";

const PRODUCT = "QLoRA fine-tuning";

class DocumentTitle {
  private page = "";
  private state = { mark: "", name: "" };

  readonly setPage = (page: string): void => {
    this.page = page;
    this.write();
  };

  /** Puts a mark in front of every page, as "63 %" or "✓ physics"; a page that names the job itself needs none. */
  readonly setState = (mark: string, name: string): void => {
    this.state = { mark, name };
    this.write();
  };

  private write(): void {
    const { mark, name } = this.state;
    const isSaid = mark === "" || (name !== "" && this.page.includes(name));
    document.title = [isSaid ? "" : mark, this.page, PRODUCT].filter(Boolean).join(" · ");
  }
}

export const documentTitle = new DocumentTitle();

/** Puts the page's name or state into the browser's tab. */
export function useDocumentTitle(title: string): void {
  useEffect(() => documentTitle.setPage(title), [title]);
}
