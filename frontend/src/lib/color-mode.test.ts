import { afterEach, beforeEach, expect, it, vi } from "vitest";

let systemIsDark = false;
let tell = () => {};

beforeEach(() => {
  vi.resetModules();
  localStorage.clear();
  systemIsDark = false;
  document.documentElement.className = "light";
  vi.spyOn(window, "matchMedia").mockImplementation(
    () => ({ get matches() { return systemIsDark; }, addEventListener: (_: string, listener: () => void) => (tell = listener) }) as unknown as MediaQueryList,
  );
});
afterEach(() => vi.restoreAllMocks());

const shown = () => document.documentElement.className;

it("follows the system until something is chosen, and again when that is wanted", async () => {
  const { theme } = await import("@/lib/color-mode");
  systemIsDark = true;
  tell();
  expect(shown()).toBe("dark");
  theme.choose("light");
  tell();
  expect([shown(), localStorage.getItem("color-mode")]).toEqual(["light", "light"]);
  theme.choose("system");
  expect([shown(), localStorage.getItem("color-mode")]).toEqual(["dark", null]);
});

it("is the same in every tab", async () => {
  const { theme } = await import("@/lib/color-mode");
  localStorage.setItem("color-mode", "dark");
  window.dispatchEvent(new StorageEvent("storage", { key: "color-mode" }));
  expect([shown(), theme.get()]).toEqual(["dark", "dark"]);
});
