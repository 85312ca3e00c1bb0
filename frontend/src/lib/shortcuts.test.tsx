import { fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { letterKeys } from "@/lib/preferences";
import { shortcuts, useShortcut } from "@/lib/shortcuts";

const [jobs, palette, bare] = [vi.fn(), vi.fn(), vi.fn()];

function Page({ enabled = true }: { enabled?: boolean }) {
  useShortcut("g j", "Go to the jobs", jobs);
  useShortcut("mod+k", "Open the palette", palette);
  useShortcut("j", "Next", bare, enabled);
  return (
    <>
      <input aria-label="Name" />
      <input aria-label="Chosen" type="checkbox" />
      <button>Press</button>
      <div role="dialog">
        <button>Within</button>
      </div>
    </>
  );
}

beforeEach(() => vi.clearAllMocks());
afterEach(() => letterKeys.reset());

const press = (key: string, more: object = {}, target: Element = document.body) => fireEvent.keyDown(target, { key, ...more });

it("knows sequences, and that the second key of one is not a shortcut by itself", () => {
  render(<Page />);
  press("g");
  press("j");
  expect(jobs).toHaveBeenCalledOnce();
  expect(bare).not.toHaveBeenCalled();
  press("j");
  expect(bare).toHaveBeenCalledOnce();
});

it("forgets the first key after a second", () => {
  render(<Page />);
  const event = (key: string, timeStamp: number) => {
    const pressed = new KeyboardEvent("keydown", { key, bubbles: true });
    Object.defineProperty(pressed, "timeStamp", { value: timeStamp });
    document.body.dispatchEvent(pressed);
  };
  event("g", 10_000);
  event("j", 11_500);
  expect(jobs).not.toHaveBeenCalled();
  expect(bare).toHaveBeenCalledOnce();
});

it("does nothing while somebody types, but for keys with a modifier", () => {
  render(<Page />);
  const field = screen.getByLabelText("Name");
  press("j", {}, field);
  press("j", {}, screen.getByRole("button", { name: "Within" }));
  expect(bare).not.toHaveBeenCalled();
  const window = document.body.appendChild(document.createElement("dialog"));
  window.open = true;
  press("j");
  expect(bare).not.toHaveBeenCalled();
  window.remove();
  press("k", { ctrlKey: true }, field);
  press("k", { metaKey: true });
  expect(palette).toHaveBeenCalledTimes(2);
  press("j", {}, screen.getByLabelText("Chosen"));
  press("j", {}, screen.getByRole("button", { name: "Press" }));
  expect(bare).toHaveBeenCalledTimes(2);
});

it("leaves letters alone when they are switched off, and in every tab", () => {
  render(<Page />);
  letterKeys.choose(false);
  press("j");
  press("g");
  press("j");
  expect(bare).not.toHaveBeenCalled();
  expect(jobs).not.toHaveBeenCalled();
  press("k", { ctrlKey: true });
  expect(palette).toHaveBeenCalledOnce();
  localStorage.setItem("letter-keys", "true");
  window.dispatchEvent(new StorageEvent("storage", { key: "letter-keys" }));
  press("j");
  expect(bare).toHaveBeenCalledOnce();
});

it("lists what there is now", () => {
  const { rerender, unmount } = render(<Page />);
  const listed = () => shortcuts.get().map(({ words }) => words);
  expect(listed()).toEqual(["Go to the jobs", "Open the palette", "Next"]);
  rerender(<Page enabled={false} />);
  expect(listed()).toEqual(["Go to the jobs", "Open the palette"]);
  unmount();
  expect(listed()).toEqual([]);
});
