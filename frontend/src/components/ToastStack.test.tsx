import { act, fireEvent, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";

import { toast, toasts } from "@/components/toasts";
import { renderPage } from "@/testing/render-page";

afterEach(() => {
  act(() => toasts.get().forEach(({ key }) => toasts.close(key)));
  vi.useRealTimers();
});

const stack = () => screen.getByRole("status", { name: "Messages" });

it("says what was done, and leads on", async () => {
  renderPage(<p>a page</p>);
  act(() => toast({ title: "physics has ended.", description: "Loss 0.41", action: { label: "Open the run", to: "/jobs/j1" } }));
  expect(stack()).toHaveTextContent("physics has ended.Loss 0.41");
  await userEvent.click(within(stack()).getByRole("link", { name: "Open the run" }));
  expect(screen.getByText("arrived at a job")).toBeVisible();
  expect(stack()).toBeEmptyDOMElement();
});

it("undoes something with its button, and is closed by its other one", async () => {
  renderPage(<p>a page</p>);
  const undo = vi.fn();
  act(() => toast({ title: "Deleted.", action: { label: "Undo", onSelect: undo } }));
  await userEvent.click(screen.getByRole("button", { name: "Undo" }));
  expect(undo).toHaveBeenCalledOnce();
  act(() => toast({ title: "Saved." }));
  await userEvent.click(screen.getByRole("button", { name: "Close the message" }));
  expect(stack()).toBeEmptyDOMElement();
});

it("leaves by itself, but not while it is read", () => {
  vi.useFakeTimers();
  renderPage(<p>a page</p>);
  act(() => toast({ title: "Read", key: "a" }));
  act(() => toast({ title: "Unread", key: "b" }));
  fireEvent.pointerEnter(screen.getByText("Read"));
  act(() => void vi.advanceTimersByTime(60_000));
  expect(stack()).toHaveTextContent("Read");
  expect(stack()).not.toHaveTextContent("Unread");
});

it("shows the last of each key, and never more than four", () => {
  renderPage(<p>a page</p>);
  act(() => ["1", "2", "3", "4", "5"].forEach((key) => toast({ title: `Message ${key}`, key })));
  act(() => toast({ title: "Message 5 again", key: "5" }));
  expect(toasts.get().map(({ title }) => title)).toEqual(["Message 2", "Message 3", "Message 4", "Message 5 again"]);
});
