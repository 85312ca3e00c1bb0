import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, it } from "vitest";

import JobsPage from "@/features/jobs/JobsPage";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

it("lists jobs with status, progress, loss and speed", async () => {
  renderPage(<JobsPage />);
  const row = await screen.findByRole("row", { name: /physics/ });
  expect(row).toHaveTextContent("Running");
  expect(row).toHaveTextContent("25 %");
  expect(row).toHaveTextContent("about 2 min left");
  expect(screen.getByRole("columnheader", { name: "Tokens/s" })).toBeVisible();
  expect(row).toHaveTextContent("1,235");
  expect(screen.getByRole("img", { name: "Loss from 2 to 1.25" })).toBeInTheDocument();
});

it("tells an empty list from a filter that matches nothing", async () => {
  server.use(http.get(`${SERVICE}/jobs`, () => HttpResponse.json({ jobs: [], total: 0, server_id: "s", now: "2026-01-02T03:05:06Z" })));
  const { unmount } = renderPage(<JobsPage />);
  expect(await screen.findByText("No runs yet")).toBeVisible();
  unmount();
  renderPage(<JobsPage />, "/jobs?status=failed");
  expect(await screen.findByText("No run matches")).toBeVisible();
  expect(screen.getByRole("link", { name: "Failed" })).toHaveAttribute("aria-current", "true");
});
