import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { beforeEach, expect, it } from "vitest";

import RunPage from "@/features/evaluations/RunPage";
import { ENTRY, ITEMS, SUMMARY } from "@/testing/evaluations";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

const asked: string[] = [];

beforeEach(() => {
  asked.length = 0;
  server.use(
    http.get(`${SERVICE}/evaluations`, () => HttpResponse.json({ evaluations: [ENTRY, { ...ENTRY, run: "run_b", tag: null }] })),
    http.get(`${SERVICE}/evaluations/:run`, ({ params }) =>
      params.run === SUMMARY.run ? HttpResponse.json(SUMMARY) : HttpResponse.json({ title: "None", detail: "No such run." }, { status: 404 }),
    ),
    http.get(`${SERVICE}/evaluations/:run/items`, ({ request }) => {
      const { search, searchParams } = new URL(request.url);
      asked.push(search);
      const items = searchParams.get("filter") === "unscored" ? ITEMS.slice(1) : ITEMS;
      return HttpResponse.json({ items, total: items.length });
    }),
  );
});

async function openPage(address = `/evaluations/${SUMMARY.run}`) {
  renderPage(
    <Routes>
      <Route path="/evaluations/:run" element={<RunPage />} />
    </Routes>,
    address,
  );
  await screen.findByRole("button", { name: "What is a force?" });
  return userEvent.setup();
}

it("tells the score with its interval, the difference, the judge's health and what it took", async () => {
  await openPage();
  expect(screen.getByRole("heading", { level: 1, name: "after" })).toBeVisible();
  const scores = screen.getByRole("region", { name: "Scores of the models" });
  expect(within(scores).getByRole("img", { name: "Overall score of physics: 7.25, 6.95 to 7.55" })).toBeVisible();
  expect(within(scores).getByRole("img", { name: "Overall score of tiny: 4.50, 4.20 to 4.80" })).toBeVisible();
  expect(screen.getByText("physics scores 2.75 points higher.")).toBeVisible();
  expect(screen.getByText("+2.75")).toBeVisible();
  expect(within(screen.getByRole("region", { name: "Histogram" })).getByRole("row", { name: "7 7" })).toBeVisible();
  expect(screen.getByRole("region", { name: "Criteria" })).toHaveTextContent("Nothing is left out");
  expect(screen.getByRole("img", { name: "Of 40 pairs: physics wins 30, ties 6, tiny wins 4" })).toBeVisible();
  expect(screen.getByText("It gives wrong answers high scores.")).toBeVisible();
  expect(screen.getByRole("img", { name: "graded wrongly" })).toBeVisible();
  expect(screen.getByText("$0.0123")).toBeVisible();
  expect(screen.getByText("The judge saw no categories.")).toBeVisible();
  expect(screen.getByRole("link", { name: /^Report/ })).toHaveAttribute("href", `${SERVICE}/evaluations/${SUMMARY.run}/report`);
  expect(screen.getByRole("option", { name: "physics · run_b" })).toBeVisible();
});

it("sorts and filters the items by the address, and opens one with both orders", async () => {
  const user = await openPage();
  await user.click(screen.getByRole("button", { name: "Score" }));
  await waitFor(() => expect(asked.at(-1)).toBe("?sort=score&order=asc&limit=25&offset=0"));
  const items = screen.getByRole("region", { name: "Items of the run" });
  expect(within(items).getByRole("columnheader", { name: "Score" })).toHaveAttribute("aria-sort", "ascending");

  await user.click(screen.getByRole("button", { name: "What is a force?" }));
  const dialog = await screen.findByRole("dialog", { name: "Item 1 · forces" });
  expect(within(dialog).getByText("A push or pull.")).toBeVisible();
  expect(within(dialog).getByText("<b>Mass</b>")).toBeVisible(); // a model's text is never more than text
  expect(within(dialog).getByText("It says what matters.")).toBeVisible();
  expect(within(dialog).getByText("a tie, since the two orders disagree")).toBeVisible();
  expect(within(dialog).getByText("Clearer.")).toBeVisible();
  expect(within(dialog).getByText("In the report")).toHaveAttribute("href", `${SERVICE}/evaluations/${SUMMARY.run}/report#item-0`);
  await user.click(within(dialog).getByRole("button", { name: "Next" }));
  expect(await screen.findByText(/^No score: Refusal, after 1 attempt/)).toHaveTextContent("I cannot judge this.");
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());

  await user.click(screen.getByRole("radio", { name: "Unscored" }));
  await waitFor(() => expect(asked.at(-1)).toBe("?filter=unscored&limit=25&offset=0"));
  await waitFor(() => expect(screen.queryByRole("button", { name: "What is a force?" })).toBeNull());
});

it("says when the scores are made up, or too few, and when there is no such run", async () => {
  server.use(
    http.get(`${SERVICE}/evaluations/:run`, ({ params }) =>
      params.run === SUMMARY.run
        ? HttpResponse.json({ ...SUMMARY, mock: true, status: "below_coverage", models: [], comparisons: [], preferences: [], health: null })
        : HttpResponse.json({ title: "None", detail: "No such run." }, { status: 404 }),
    ),
  );
  await openPage();
  expect(screen.getByText("These scores are made up")).toBeVisible();
  expect(screen.getByText("Too little scored")).toBeVisible();
  expect(screen.queryByRole("radio", { name: "Most changed" })).toBeNull(); // there is one model
  renderPage(
    <Routes>
      <Route path="/evaluations/:run" element={<RunPage />} />
    </Routes>,
    "/evaluations/gone",
  );
  expect(await screen.findByText("No evaluation gone")).toBeVisible();
});
