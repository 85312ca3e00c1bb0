import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, it, vi } from "vitest";

import type { JobDetail } from "@/api/types";
import { JobHeader } from "@/features/jobs/JobHeader";
import { DETAIL } from "@/testing/fixtures";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

const NOW = "2026-01-02T03:05:06Z";

/** The header of a job that stays as it is; answers with what was asked of the service. */
function open(changes: Partial<JobDetail> = {}) {
  const asked: string[] = [];
  server.use(
    http.post(`${SERVICE}/jobs/j1/:what`, ({ request }) => {
      asked.push(request.url.replace(SERVICE, ""));
      return HttpResponse.json({ job_id: "j1", status: "stopping" });
    }),
  );
  renderPage(<JobHeader job={{ ...DETAIL, ...changes }} now={NOW} onActed={vi.fn()} />, "/here");
  return { user: userEvent.setup(), asked };
}

const controls = (changes: Partial<JobDetail["controls"]>) => ({ controls: { ...DETAIL.controls, ...changes } });

it("offers to keep the adapter or the checkpoint, and says at once what is being done", async () => {
  const { user, asked } = open({ params: { resume: false } });
  await user.click(screen.getByRole("button", { name: "Stop" }));
  const question = await screen.findByRole("alertdialog", { name: "Stop physics?" });
  expect(within(question).getByText(/finishes step 51 of 200, is scored, saved and registered/)).toBeVisible();
  expect(within(question).getByText(/writes a checkpoint, from which it can go on later/)).toBeVisible();
  await user.click(within(question).getByRole("button", { name: /^Stop and save/ }));
  expect(await screen.findByText("Finishing at step 51, keeping the adapter…")).toBeVisible();
  expect(screen.getByText("Finishing…")).toBeVisible();
  expect(asked).toEqual(["/jobs/j1/finish"]);
});

it("names the checkpoint that is being written, and cannot be stopped once more", async () => {
  const { user, asked } = open({ params: { resume: false } });
  await user.click(screen.getByRole("button", { name: "Stop" }));
  await user.click(await screen.findByRole("button", { name: /^Stop and keep the checkpoint/ }));
  expect(await screen.findByText("Stopping, writing checkpoint 51…")).toBeVisible();
  expect(screen.getByRole("button", { name: "Stopping…" })).toBeDisabled();
  expect(asked).toEqual(["/jobs/j1/cancel"]);
});

it("offers force when a stop takes long by the service's clock, and says what is lost", async () => {
  const { user, asked } = open({ status: "stopping", params: { resume: false }, ...controls({ can_finish: false, resumes_from: 1250, stop_asked_at: "2026-01-02T03:04:46Z" }) });
  await user.click(screen.getByRole("button", { name: "Force stop" }));
  const question = await screen.findByRole("alertdialog");
  expect(question).toHaveTextContent("What it has learnt since checkpoint 1,250 is lost.");
  await user.click(within(question).getByRole("button", { name: "Force stop" }));
  await vi.waitFor(() => expect(asked).toEqual(["/jobs/j1/cancel?force=true"]));
});

it("does not offer force at once", () => {
  open({ status: "stopping", ...controls({ can_finish: false, stop_asked_at: "2026-01-02T03:05:00Z" }) });
  expect(screen.queryByRole("button", { name: "Force stop" })).not.toBeInTheDocument();
});

it.each([
  [1250, "Resume from step 1,250"],
  [null, "Start again"],
])("with a checkpoint of step %s it offers: %s", (step, label) => {
  open({ status: "cancelled", ...controls({ can_finish: false, can_resume: true, resumes_from: step }) });
  expect(screen.getByRole("button", { name: label })).toBeVisible();
  expect(screen.getByRole("link", { name: "Duplicate and change" })).toHaveAttribute("href", "/train?from=j1");
});

it("says that a job which has not begun loses nothing", async () => {
  const { user } = open({ status: "queued", started_at: null, ...controls({ can_finish: false }) });
  await user.click(screen.getByRole("button", { name: "Cancel" }));
  expect(await screen.findByText("It has not begun: nothing is lost.")).toBeVisible();
});
