import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, it } from "vitest";

import type { JobDetail } from "@/api/types";
import RunComparisonPage from "@/features/compare/RunComparisonPage";
import { DETAIL } from "@/testing/fixtures";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

const RUNS: Record<string, Partial<JobDetail>> = {
  a: { name: "slow", params: { learning_rate: 0.001 }, result: { final_loss: 0.5 } },
  b: { name: "fast", params: { learning_rate: 0.002 }, result: { final_loss: 0.4 } },
  m: { name: "mixed", kind: "merge" },
};

beforeEach(() => {
  server.use(
    http.get(`${SERVICE}/jobs/:id/status`, ({ params: { id } }) => {
      const run = RUNS[String(id)];
      if (!run) return HttpResponse.json({ title: "Not found", status: 404, detail: "No such job." }, { status: 404 });
      return HttpResponse.json({ ...DETAIL, status: "succeeded", ...run, job_id: id });
    }),
    http.get(`${SERVICE}/jobs/:id/metrics/columns`, () =>
      HttpResponse.json({ start: 0, next: 0, resolution: "full", columns: {}, lows: {}, highs: {}, counts: [] }),
    ),
    http.get(`${SERVICE}/evaluations`, () => HttpResponse.json({ evaluations: [], total: 0 })),
  );
});

it("shows what differs and what came of it, with the best marked in words", async () => {
  renderPage(<RunComparisonPage />, "/compare?ids=a,b");
  const results = await screen.findByRole("group", { name: "What came of the runs" });
  const loss = within(results).getByRole("row", { name: /Training loss/ });
  expect(within(loss).getByRole("cell", { name: "0.4 best" })).toBeVisible();
  expect(within(loss).getByRole("cell", { name: "0.5" })).toBeVisible();
  const settings = await screen.findByRole("group", { name: "Settings that differ" });
  expect(within(settings).getByRole("row", { name: /Learning rate 0.001 0.002/ })).toBeVisible();
  expect(screen.getAllByRole("link", { name: "Duplicate" })[1]).toHaveAttribute("href", "/train?from=b");
});

it.each([
  ["ids=a", "Select 2 to 6 runs"],
  ["ids=a,b,c,d,e,f,g", "These are 7 runs"],
  ["ids=a,m", "runs of different kinds (train, merge)"],
  ["ids=a,gone", "the others were deleted"],
])("says in words why there is nothing to compare: %s", async (search, words) => {
  renderPage(<RunComparisonPage />, `/compare?${search}`);
  expect(await screen.findByText(words, { exact: false })).toBeVisible();
});

it("shows what is left when one of three runs is gone", async () => {
  renderPage(<RunComparisonPage />, "/compare?ids=a,b,gone");
  expect(await screen.findByText(/1 run of this comparison cannot be shown/)).toBeVisible();
  expect(screen.getByRole("link", { name: "fast" })).toHaveAttribute("href", "/jobs/b");
});
