import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { useLocation } from "react-router";
import { expect, it } from "vitest";

import EvaluationsPage from "@/features/evaluations/EvaluationsPage";
import { boardsOf, comparedAddress } from "@/features/evaluations/leaderboard";
import { ENTRY } from "@/testing/evaluations";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

const WORSE = { ...ENTRY, run: "run_b", tag: null, model: "older", score: 5, created_at: "2026-01-01T00:00:00Z" };
const PARTIAL = { ...ENTRY, run: "run_c", tag: null, model: "cut", score: 9.9, status: "partial" as const };
const LOST = { ...ENTRY, run: "run_d", tag: null, status: "unreadable" as const, model: null, models: [], score: null, score_name: null, scale: null, ci95: null };

function serve(...evaluations: object[]) {
  server.use(http.get(`${SERVICE}/evaluations`, () => HttpResponse.json({ evaluations })));
}

function Address() {
  const { pathname, search } = useLocation();
  return <output aria-label="address">{pathname + search}</output>;
}

it("ranks what is complete, keeps different measures apart, and leads to the comparison of two", async () => {
  serve(WORSE, PARTIAL, ENTRY, LOST);
  renderPage(
    <>
      <EvaluationsPage />
      <Address />
    </>,
    "/evaluations",
  );
  const board = await screen.findByRole("region", { name: "Runs by Overall score, Judge, one by one" });
  const models = within(board).getAllByRole("rowheader").map((cell) => cell.textContent);
  expect(models).toEqual(["data/unseen.json", "physics", "older", "cut"]); // the best score of all is no score: that run was cut short
  expect(within(board).getByRole("img", { name: "Overall score of physics: 7.25, 6.95 to 7.55" })).toBeVisible();
  expect(within(board).getByText(/^Stopped early/)).toBeVisible();
  expect(screen.getByRole("checkbox", { name: "Compare run_d" })).toBeDisabled();
  expect(screen.queryByRole("link", { name: "run_d" })).toBeNull();

  const user = userEvent.setup();
  expect(screen.getByRole("button", { name: "Pick two to compare" })).toBeDisabled();
  await user.click(screen.getByRole("checkbox", { name: "Compare after" }));
  await user.click(screen.getByRole("checkbox", { name: "Compare run_b" }));
  await user.click(screen.getByRole("button", { name: "Compare the two" }));
  expect(screen.getByRole("status", { name: "address" })).toHaveTextContent(`/compare?a=run_b&b=${ENTRY.run}`);
});

it("leads to the first evaluation where there is none, and says when the list cannot be read", async () => {
  serve();
  const { unmount } = renderPage(<EvaluationsPage />);
  expect(await screen.findByRole("link", { name: "Evaluate a model" })).toHaveAttribute("href", "/evaluate");
  unmount();
  server.use(http.get(`${SERVICE}/evaluations`, () => HttpResponse.json({ title: "No", detail: "The folder is gone." }, { status: 404 })));
  renderPage(<EvaluationsPage />);
  expect(await screen.findByText("The folder is gone.")).toBeVisible();
});

it("puts the board with the newest run first, and the older run of two before the newer", () => {
  const other = { ...WORSE, dataset: "data/other.json" };
  expect(boardsOf([other, ENTRY])[0]?.parts.map(({ dataset }) => dataset)).toEqual(["data/unseen.json", "data/other.json"]);
  expect(comparedAddress([ENTRY, WORSE])).toBe(`/compare?a=run_b&b=${ENTRY.run}`);
});
