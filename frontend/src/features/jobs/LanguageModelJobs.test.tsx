import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, it } from "vitest";

import type { JobDetail } from "@/api/types";
import { EvaluationResult } from "@/features/jobs/EvaluationResult";
import { GeneratedRecords } from "@/features/jobs/GeneratedRecords";
import { ProgressCard } from "@/features/jobs/ProgressCard";
import { SUMMARY } from "@/testing/evaluations";
import { DETAIL } from "@/testing/fixtures";
import { ROWS } from "@/testing/generation";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

function job(changes: Partial<JobDetail>): JobDetail {
  return { ...DETAIL, kind: "generate", ...changes };
}

it("tells the money that is spent while a judge is asked, and that a price is not known", () => {
  const metrics = { requests: 1200, cost: 0.125, failed: 2 };
  const { unmount } = renderPage(<ProgressCard job={job({ kind: "evaluate", metrics })} now="2026-01-02T03:05:06Z" />);
  expect(screen.getByText("50 of 200")).toBeVisible();
  expect(screen.getByText("1,200 requests")).toBeVisible();
  expect(screen.getByText("$0.13 spent")).toBeVisible();
  expect(screen.getByText("2 without a usable answer")).toBeVisible();
  unmount();
  renderPage(<ProgressCard job={job({ kind: "evaluate", metrics: { requests: 1, cost: null } })} now="2026-01-02T03:05:06Z" />);
  expect(screen.getByText("cost unknown")).toBeVisible();
});

it("shows what an evaluation found, and leads to it", async () => {
  server.use(http.get(`${SERVICE}/evaluations/${SUMMARY.run}`, () => HttpResponse.json(SUMMARY)));
  renderPage(<EvaluationResult result={{ run: SUMMARY.run, sentences: ["physics scores 2.75 points higher."] }} />);
  expect(await screen.findByText("physics scores 2.75 points higher.")).toBeVisible();
  expect(screen.getByRole("img", { name: "Score of physics: 7.25, 6.95 to 7.55" })).toBeVisible();
  expect(screen.getByRole("link", { name: "Open the evaluation" })).toHaveAttribute("href", `/evaluations/${SUMMARY.run}`);
});

it("leads from a dataset to training on it, and publishes it anew with what a person has decided", async () => {
  server.use(
    http.get(`${SERVICE}/jobs/j1/rows`, ({ request }) => HttpResponse.json({ rows: request.url.endsWith("cursor=0") ? ROWS : [], next: 2, behind: false })),
    http.put(`${SERVICE}/jobs/j1/rows/r2`, () => HttpResponse.json({ ...ROWS[1], decision: "accept" })),
    http.post(`${SERVICE}/jobs/j1/publish`, () => HttpResponse.json({ dataset: "physics_reviewed.json", records: 2 }, { status: 201 })),
  );
  renderPage(<GeneratedRecords job={job({ status: "succeeded", result: { dataset: "data/physics.json" } })} />);
  const user = userEvent.setup();
  expect(await screen.findByRole("link", { name: "Train on it" })).toHaveAttribute("href", "/train?dataset=physics.json");
  expect(screen.queryByRole("button", { name: /^Publish/ })).toBeNull();
  await user.click(await screen.findByRole("button", { name: "Accept record 2" }));
  await user.click(await screen.findByRole("button", { name: "Publish with your decisions" }));
  expect(await screen.findByText("physics_reviewed.json")).toBeVisible();
  expect(screen.getByRole("link", { name: "Train on it" })).toHaveAttribute("href", "/train?dataset=physics_reviewed.json");
});

it("publishes nothing of a sample", async () => {
  server.use(http.get(`${SERVICE}/jobs/j1/rows`, () => HttpResponse.json({ rows: [], next: 0, behind: false })));
  renderPage(<GeneratedRecords job={job({ status: "succeeded", params: { sample: true } })} />);
  expect(await screen.findByText("No record was made.")).toBeVisible();
  expect(screen.queryByRole("button", { name: /^Publish/ })).toBeNull();
});
