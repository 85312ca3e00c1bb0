import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, it } from "vitest";

import ComparePage from "@/features/evaluations/ComparePage";
import { ENTRY, RUNS_COMPARED } from "@/testing/evaluations";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

const ENTRIES = [ENTRY, { ...ENTRY, run: "run_a", tag: null, model: "before" }];

function serve(evaluations: object[], asked: string[] = []) {
  server.use(
    http.get(`${SERVICE}/evaluations`, () => HttpResponse.json({ evaluations })),
    http.get(`${SERVICE}/evaluations/compare`, ({ request }) => {
      asked.push(new URL(request.url).search);
      return HttpResponse.json(RUNS_COMPARED);
    }),
  );
}

it("tells what changed, item by item, and can be turned around", async () => {
  const asked: string[] = [];
  serve(ENTRIES, asked);
  renderPage(<ComparePage />, `/compare?a=run_a&b=${ENTRY.run}`);
  const user = userEvent.setup();
  expect(await screen.findByText("No difference is shown.")).toBeVisible();
  const items = screen.getByRole("region", { name: "Changes by item" });
  expect(within(items).getByRole("row", { name: /What is a force/ })).toHaveTextContent("+7.00");
  await user.click(screen.getByRole("radio", { name: "Worse 1" }));
  expect(within(items).queryByRole("button", { name: "What is a force?" })).toBeNull();
  await user.click(screen.getByRole("button", { name: "What is a watt?" }));
  const dialog = await screen.findByRole("dialog", { name: "Item 2 · −5.00" });
  expect(within(dialog).getByText("A joule a second.")).toBeVisible();
  await user.click(within(dialog).getByRole("button", { name: "Close" }));
  await user.click(screen.getByRole("button", { name: "Swap the two" }));
  expect(screen.getByRole("combobox", { name: "From" })).toHaveValue(ENTRY.run);
  expect(asked).toContain(`?a=${ENTRY.run}&b=run_a`);
});

it("says why two runs cannot be compared, and that one is not enough", async () => {
  serve(ENTRIES);
  server.use(http.get(`${SERVICE}/evaluations/compare`, () => HttpResponse.json({ title: "No", detail: "They have no item in common." }, { status: 422 })));
  const { unmount } = renderPage(<ComparePage />, `/compare?a=run_a&b=${ENTRY.run}`);
  expect(await screen.findByText("They have no item in common.")).toBeVisible();
  unmount();
  serve([ENTRY]);
  renderPage(<ComparePage />, "/compare");
  expect(await screen.findByText("It takes two")).toBeVisible();
});
