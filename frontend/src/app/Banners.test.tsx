import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { contact } from "@/api/contact";
import { pulse } from "@/api/pulse";
import { Banners } from "@/app/Banners";
import { reloadForMissingChunks } from "@/app/new-version";
import { Providers } from "@/app/Providers";
import { PULSE } from "@/testing/pulse";

beforeEach(() => {
  sessionStorage.clear();
  pulse.take(PULSE);
});
afterEach(() => act(() => contact.reportAnswer()));

const open = () => render(<Banners />, { wrapper: Providers });

it("says nothing while all is well", () => {
  open();
  expect(screen.queryByRole("status")).not.toBeInTheDocument();
});

it("says since when the service is away and when it is asked again, and asks at once when told to", async () => {
  const look = vi.spyOn(pulse, "look");
  open();
  act(() => contact.reportSilence());
  expect(screen.queryByText(/Lost contact/)).not.toBeInTheDocument(); // one answer may be lost
  act(() => contact.reportSilence());
  act(() => contact.reportNextTry(8000));
  expect(screen.getByText(/^Lost contact with the service at \d/)).toBeVisible();
  expect(screen.getByText(/^Next try in [89] s\.$/)).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Retry now" }));
  expect(look).toHaveBeenCalled();
  act(() => contact.reportAnswer());
  expect(screen.queryByText(/Lost contact/)).not.toBeInTheDocument();
});

it("says that nothing is real in test mode", () => {
  pulse.take({ ...PULSE, test_mode: true });
  open();
  expect(screen.getByRole("status")).toHaveTextContent("Test mode");
});

it("offers the new version once the service is of another than the page", () => {
  open();
  act(() => pulse.take({ ...PULSE, server_id: "another" }));
  expect(screen.queryByText("A new version is ready")).not.toBeInTheDocument();
  act(() => pulse.take({ ...PULSE, version: "2" }));
  expect(screen.getByText("A new version is ready")).toBeVisible();
});

it("loads the page again when a chunk of it is gone, and does not turn in a circle", () => {
  const reload = vi.fn();
  reloadForMissingChunks(reload);
  window.dispatchEvent(new Event("vite:preloadError"));
  window.dispatchEvent(new Event("vite:preloadError"));
  expect(reload).toHaveBeenCalledOnce();
});
