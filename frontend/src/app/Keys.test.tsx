import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { afterEach, expect, it } from "vitest";

import { pulse } from "@/api/pulse";
import { Keys } from "@/app/Keys";
import { theme } from "@/lib/color-mode";
import { JOB } from "@/testing/fixtures";
import { PULSE } from "@/testing/pulse";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

afterEach(() => act(() => pulse.take(null)));

async function openPalette() {
  renderPage(<Keys />);
  fireEvent.keyDown(document.body, { key: "k", ctrlKey: true });
  const field = await screen.findByRole("combobox", { name: /^Page, run/ });
  return { user: userEvent.setup(), field };
}

const chosen = () => screen.getByRole("option", { selected: true });

it("goes to a run by a few letters of it, with the keyboard alone", async () => {
  const { user, field } = await openPalette();
  await user.type(field, "phy run");
  await waitFor(() => expect(chosen()).toHaveTextContent("physicsRun · running"));
  expect(field).toHaveAttribute("aria-activedescendant", chosen().id);
  await user.keyboard("{Enter}");
  expect(await screen.findByText("arrived at a job")).toBeVisible();
  expect(screen.queryByRole("combobox")).not.toBeInTheDocument();
});

it("stops what runs", async () => {
  pulse.take({ ...PULSE, running: [JOB] });
  const asked: unknown[] = [];
  server.use(http.post(`${SERVICE}/jobs/:id/cancel`, ({ params }) => HttpResponse.json({ job_id: asked.push(params.id), status: "stopping" })));
  const { user, field } = await openPalette();
  await user.type(field, "stop");
  expect(chosen()).toHaveTextContent("Stop physics");
  await user.keyboard("{Enter}");
  expect(await screen.findByText("physics is being stopped.")).toBeVisible();
  expect(asked).toEqual(["j1"]);
});

it("walks through what it has found, says when that is nothing, and leaves with Escape", async () => {
  const { user, field } = await openPalette();
  await user.type(field, "switch");
  expect(chosen()).toHaveTextContent("Switch to light");
  await user.keyboard("{ArrowDown}");
  expect(chosen()).toHaveTextContent("Switch to dark");
  await user.keyboard("{Enter}");
  expect(theme.get()).toBe("dark");
  theme.choose("system");
  fireEvent.keyDown(document.body, { key: "k", ctrlKey: true });
  await user.type(await screen.findByRole("combobox"), "zzz");
  expect(screen.getByText("Nothing is called “zzz”.")).toBeVisible();
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("combobox")).not.toBeInTheDocument());
});

it("lists every key that does something", async () => {
  renderPage(<Keys />);
  fireEvent.keyDown(document.body, { key: "?" });
  const sheet = await screen.findByRole("dialog", { name: "Keys" });
  expect(sheet).toHaveTextContent("GJGo to Jobs");
  expect(sheet).toHaveTextContent("CtrlKGo anywhere, do anything");
});
