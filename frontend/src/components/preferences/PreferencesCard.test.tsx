import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { PreferencesCard } from "@/components/preferences/PreferencesCard";
import { theme } from "@/lib/color-mode";
import { endNotices, letterKeys } from "@/lib/preferences";
import { renderPage } from "@/testing/render-page";

beforeEach(() => localStorage.clear());
afterEach(() => {
  theme.choose("system");
  endNotices.reset();
  letterKeys.reset();
  vi.unstubAllGlobals();
});

function browserThatAnswers(answer: string) {
  vi.stubGlobal("Notification", { permission: "default", requestPermission: () => Promise.resolve(answer) });
}

it("keeps colours, notifications and keys in this browser", async () => {
  browserThatAnswers("granted");
  renderPage(<PreferencesCard />);
  const user = userEvent.setup();
  await user.click(screen.getByRole("radio", { name: "Dark" }));
  await user.click(screen.getByRole("checkbox", { name: "Notify me when a run ends" }));
  await user.click(screen.getByRole("checkbox", { name: "Single letters do something" }));
  expect({ ...localStorage }).toMatchObject({ "color-mode": "dark", "end-notices": "true", "letter-keys": "false" });
});

it("says so when the browser allows no notifications, and asks for none", async () => {
  browserThatAnswers("denied");
  renderPage(<PreferencesCard />);
  await userEvent.click(screen.getByRole("checkbox", { name: "Notify me when a run ends" }));
  expect(await screen.findByText(/does not allow them for this address/)).toBeVisible();
  expect(screen.getByRole("checkbox", { name: "Notify me when a run ends" })).not.toBeChecked();
});
