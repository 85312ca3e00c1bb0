import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { expect, it } from "vitest";

import type { JobDetail } from "@/api/types";
import JobPage from "@/features/jobs/JobPage";
import { DETAIL } from "@/testing/fixtures";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

const METRICS = { rows: 0, from_row: 0, columns: {}, steps: [] };
const LOG = { text: "", live: "", from: 0, next: 0, size: 0, generation: 0 };

/** The page of a job that stays as it is. */
function open(changes: Partial<JobDetail>) {
  const job = { ...DETAIL, ...changes };
  server.use(
    http.get(`${SERVICE}/jobs/${job.job_id}/tick`, () =>
      HttpResponse.json({ job, metrics: METRICS, log: LOG, now: "2026-01-02T03:05:06Z", next_in_ms: 60_000, server_id: "s" }),
    ),
  );
  renderPage(
    <Routes>
      <Route path="/runs/:id" element={<JobPage />} />
    </Routes>,
    `/runs/${job.job_id}`,
  );
  return userEvent.setup();
}

it("offers a run that ran out of memory again, with what helps", async () => {
  const sent: unknown[] = [];
  server.use(
    http.post(`${SERVICE}/train`, async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ job_id: "j2", status: "queued" }, { status: 202 });
    }),
  );
  const user = open({
    status: "failed",
    reason: "cuda_oom",
    error: "It needed 9 GB.",
    params: { adapter_name: "physics", dataset_path: "data/qa.json", steps: 8, secret_hand: true },
    remedy: { sentence: "Take fewer steps.", params: { steps: 4 } },
  });
  const notice = await screen.findByRole("alert");
  expect(within(notice).getByText("Take fewer steps.")).toBeVisible();
  expect(within(notice).getByText("8 → 4")).toBeVisible();
  await user.click(await within(notice).findByRole("button", { name: "Start physics-2 with this change" }));
  expect(await screen.findByText("arrived at a job")).toBeVisible();
  expect(sent).toEqual([{ adapter_name: "physics-2", dataset_path: "data/qa.json", steps: 4 }]);
});

it("says what would help when no change of the settings does", async () => {
  open({ status: "failed", reason: "cuda_oom", remedy: { sentence: "Choose a smaller base model.", params: {} } });
  expect(await screen.findByText("Choose a smaller base model.")).toBeVisible();
  expect(screen.queryByRole("button", { name: /with this change/ })).not.toBeInTheDocument();
});

it("says when a running job has fallen silent", async () => {
  open({ stalled_seconds: 1920 });
  expect(await screen.findByText("No sign of life for 32 min")).toBeVisible();
});

it("shows what a waiting job waits for, and how that goes", async () => {
  const before = { ...DETAIL, job_id: "d1", name: "Qwen/Qwen2.5-0.5B", kind: "download", progress: { ...DETAIL.progress, percent: 43.2 } };
  server.use(http.get(`${SERVICE}/jobs/d1/status`, () => HttpResponse.json(before)));
  open({ status: "queued", started_at: null, after: ["d1"], queue_position: 1 });
  const card = await screen.findByRole("region", { name: "Starts after" });
  await waitFor(() => expect(within(card).getByRole("link", { name: "Qwen/Qwen2.5-0.5B" })).toHaveAttribute("href", "/jobs/d1"));
  expect(within(card).getByText("Running")).toBeVisible();
  expect(within(card).getByText("43 %")).toBeVisible();
  expect(screen.getByText("Waiting for what it starts after")).toBeVisible();
});

it("counts a download in bytes, and says which state of the model arrived", async () => {
  open({
    kind: "download",
    name: "Qwen/Qwen2.5-0.5B",
    status: "succeeded",
    progress: { phase: "downloading", step: 988_000_000, total_steps: 988_000_000, percent: 100, eta_seconds: null },
    result: { model: "Qwen/Qwen2.5-0.5B", revision: "main", commit: "060db6499f32faf8b98477b0a26969ef7d8b9987", path: "/cache/x", bytes: 988_000_000, seconds: 61 },
  });
  expect(await screen.findByText("988 MB of 988 MB")).toBeVisible();
  expect(screen.getByText("060db6499f32faf8b98477b0a26969ef7d8b9987")).toBeVisible();
  expect(screen.getByText("1 min 1 s")).toBeVisible();
  expect(screen.queryByRole("link", { name: "Duplicate and change" })).not.toBeInTheDocument();
});
