/** What jsdom lacks, a service that answers from fixtures, and what a test must not leave to the next. */

import "@testing-library/jest-dom/vitest";

import { cleanup, configure } from "@testing-library/react";
import { afterAll, afterEach, beforeAll } from "vitest";

import { toasts } from "@/components/toasts";
import { server } from "@/testing/server";

Element.prototype.scrollIntoView = () => {};
Element.prototype.scrollTo = () => {};

// On a busy machine a second, which is what is waited by itself, is not long.
configure({ asyncUtilTimeout: 5000 });

// Texts with numbers and dates are compared as an American reads them, whoever runs the tests.
Object.defineProperty(navigator, "languages", { configurable: true, value: ["en-US"] });

class NoObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
}

Object.assign(globalThis, { ResizeObserver: NoObserver, IntersectionObserver: NoObserver });
Object.assign(window, {
  matchMedia: (query: string) => ({ matches: false, media: query, addEventListener() {}, removeEventListener() {} }),
  scrollTo: () => {},
});

// A window over the page: shown, and the last of them left with Escape, wherever the focus is.
document.addEventListener("keydown", ({ key }) => {
  const last = [...document.querySelectorAll("dialog[open]")].at(-1);
  if (key === "Escape") last?.dispatchEvent(new Event("cancel", { cancelable: true }));
});
Object.assign(HTMLDialogElement.prototype, {
  showModal(this: HTMLDialogElement) {
    this.open = true;
    this.querySelector<HTMLElement>("[autofocus], button, input, select, textarea, a[href], [tabindex='0']")?.focus();
  },
  close(this: HTMLDialogElement) {
    this.open = false;
  },
});

beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(() => {
  cleanup();
  localStorage.clear();
  for (const { key } of toasts.get()) toasts.close(key);
  server.resetHandlers();
});
afterAll(() => server.close());
