import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, it } from "vitest";

import type { JobList, JobSummary } from "@/api/types";
import JobsPage from "@/features/jobs/JobsPage";
import { JOB, JOB_LIST } from "@/testing/fixtures";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

/** A list of runs by name; what was asked for is kept. */
function listOf(jobs: Partial<JobSummary>[], more: Partial<JobList> = {}): URLSearchParams[] {
  const asked: URLSearchParams[] = [];
  server.use(
    http.get(`${SERVICE}/jobs`, ({ request }) => {
      asked.push(new URL(request.url).searchParams);
      return HttpResponse.json({ ...JOB_LIST, jobs: jobs.map((job) => ({ ...JOB, job_id: job.name, ...job })), total: jobs.length, ...more });
    }),
  );
  return asked;
}

const ended = (name: string, more: Partial<JobSummary> = {}) => ({ name, status: "succeeded" as const, ...more });

it("lists jobs with status, progress, loss, where it goes, and how long it will take", async () => {
  renderPage(<JobsPage />);
  const row = await screen.findByRole("row", { name: /physics/ });
  expect(row).toHaveTextContent("Running");
  expect(row).toHaveTextContent("25 %");
  expect(row).toHaveTextContent("about 2 min left");
  expect(row).toHaveTextContent("train · tiny · qa.json");
  expect(screen.getByRole("img", { name: "Loss from 2 to 1.25" })).toBeInTheDocument();
  expect(screen.getByTitle("Loss 1.25, −17 % over the last tenth of the run")).toHaveTextContent("−17 %");
});

it("tells an empty list from a filter that matches nothing", async () => {
  listOf([], { counts: { status: {}, kind: {}, tag: {} } });
  const { unmount } = renderPage(<JobsPage />);
  expect(await screen.findByText("No runs yet")).toBeVisible();
  unmount();
  renderPage(<JobsPage />, "/jobs?status=failed");
  expect(await screen.findByText("No run matches")).toBeVisible();
  expect(screen.getByRole("link", { name: "Failed 0" })).toHaveAttribute("aria-current", "true");
});

it("has filters, orders and pages as links and addresses", async () => {
  const counts = { status: { succeeded: 3, failed: 2 }, kind: { train: 4, merge: 1 }, tag: { paper: 2, "sweep:rank": 3 } };
  const asked = listOf([ended("a", { tags: ["paper"] })], { counts, total: 120 });
  renderPage(<JobsPage />, "/jobs?status=failed&kind=train&sort=loss");
  const filters = await screen.findByRole("navigation", { name: "Filters" });
  expect(await within(filters).findByRole("link", { name: "Sweep rank 3" })).toHaveAttribute("href", expect.stringContaining("tag=sweep%3Arank"));
  expect(within(filters).getByRole("link", { name: "Succeeded 3" })).toHaveAttribute("href", expect.stringContaining("sort=loss&status=failed&status=succeeded"));
  expect(within(filters).getByRole("link", { name: "Failed 2" }).getAttribute("href")).not.toContain("status=failed");
  expect(await screen.findByRole("columnheader", { name: "Loss" })).toHaveAttribute("aria-sort", "ascending");
  expect(screen.getByRole("link", { name: "Loss" })).toHaveAttribute("href", expect.stringContaining("sort=-loss"));
  await userEvent.click(screen.getByRole("button", { name: "Next page" }));
  await waitFor(() => expect(asked.at(-1)?.get("offset")).toBe("50"));
  expect(asked.at(-1)?.getAll("status")).toEqual(["failed"]);
});

it("searches while one types", async () => {
  const asked = listOf([ended("a")]);
  renderPage(<JobsPage />);
  const box = await screen.findByRole("searchbox", { name: "Search the runs" });
  fireEvent.keyDown(document.body, { key: "/" });
  expect(box).toHaveFocus();
  await userEvent.type(box, "lora_r=8 facts");
  await waitFor(() => expect(asked.at(-1)?.get("q")).toBe("lora_r=8 facts"));
  expect(box).toHaveValue("lora_r=8 facts");
});

it("selects runs, also a range, and offers to compare what can be compared", async () => {
  listOf([ended("a"), ended("b"), ended("c"), ended("d", { kind: "merge" })]);
  renderPage(<JobsPage />);
  await userEvent.click(await screen.findByRole("checkbox", { name: "Select a" }));
  const bar = screen.getByRole("region", { name: "Selected runs" });
  expect(within(bar).getByRole("button", { name: "Compare" })).toBeDisabled();
  fireEvent.click(screen.getByRole("checkbox", { name: "Select c" }), { shiftKey: true });
  expect(bar).toHaveTextContent("3 runs selected");
  expect(within(bar).getByRole("button", { name: "Compare" })).toBeEnabled();
  await userEvent.click(screen.getByRole("checkbox", { name: "Select d" }));
  expect(within(bar).getByRole("button", { name: "Compare" })).toHaveAttribute("title", "Runs of different kinds have nothing to compare.");
  await userEvent.click(within(bar).getByRole("button", { name: "Clear the selection" }));
  expect(bar).not.toBeInTheDocument();
});

it("deletes the selected runs after one question, and says what could not be", async () => {
  listOf([ended("a"), ended("b", { status: "failed" })]);
  const deleted: unknown[] = [];
  server.use(
    http.delete(`${SERVICE}/jobs/:id`, ({ params }) => {
      deleted.push(params.id);
      return new HttpResponse(null, { status: 204 });
    }),
  );
  renderPage(<JobsPage />);
  await userEvent.click(await screen.findByRole("checkbox", { name: "Select all runs of this page" }));
  await userEvent.click(screen.getByRole("button", { name: "Delete 2" }));
  const question = await screen.findByRole("alertdialog");
  expect(question).toHaveTextContent("1 run ended without success");
  await userEvent.click(within(question).getByRole("button", { name: "Delete" }));
  await waitFor(() => expect(deleted).toEqual(["a", "b"]));
});

it("edits the tags of a run where it stands", async () => {
  const written: unknown[] = [];
  listOf([ended("a", { tags: ["old"] })]);
  server.use(
    http.patch(`${SERVICE}/jobs/a`, async ({ request }) => {
      written.push(await request.json());
      return HttpResponse.json({});
    }),
  );
  renderPage(<JobsPage />);
  await userEvent.click(await screen.findByRole("button", { name: "Actions for a" }));
  await userEvent.click(screen.getByRole("menuitem", { name: "Edit tags" }));
  const group = screen.getByRole("group", { name: "Tags of a" });
  await userEvent.type(within(group).getByRole("combobox", { name: "Add a tag" }), "paper{Enter}");
  await waitFor(() => expect(written).toEqual([{ tags: ["old", "paper"] }]));
  await userEvent.click(within(group).getByRole("button", { name: "Remove the tag old" }));
  await waitFor(() => expect(written.at(-1)).toEqual({ tags: [] }));
});

it("has a waiting run go next, and offers what each state allows", async () => {
  listOf([{ name: "waiting", status: "queued", started_at: null, queue_position: 3 }, ended("failed", { status: "failed" })]);
  const moved: unknown[] = [];
  server.use(
    http.post(`${SERVICE}/jobs/waiting/move`, async ({ request }) => {
      moved.push(await request.json());
      return HttpResponse.json({ job_id: "waiting", queue_position: 1 });
    }),
  );
  renderPage(<JobsPage />);
  expect(await screen.findByRole("row", { name: /waiting/ })).toHaveTextContent("place 3");
  await userEvent.click(screen.getByRole("button", { name: "Actions for waiting" }));
  expect(screen.getByRole("menuitem", { name: /^Delete/ })).toHaveAttribute("aria-disabled", "true");
  await userEvent.click(screen.getByRole("menuitem", { name: "Run next" }));
  await waitFor(() => expect(moved).toEqual([{ to: 1 }]));
  await userEvent.click(screen.getByRole("button", { name: "Actions for failed" }));
  expect(screen.getByRole("menuitem", { name: "Resume" })).toBeVisible();
  expect(screen.queryByRole("menuitem", { name: "Run next" })).not.toBeInTheDocument();
});
