import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, it } from "vitest";

import EstimatesPage from "@/features/estimates/EstimatesPage";
import { ESTIMATES, FIRST, PAST } from "@/testing/estimates";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

/** Serves the list, and remembers which pages were asked for. */
function serve(answer: object, status = 200) {
  const asked: string[] = [];
  server.use(
    http.get(`${SERVICE}/estimates`, ({ request }) => {
      asked.push(new URL(request.url).search);
      return HttpResponse.json(answer, { status });
    }),
  );
  return asked;
}

it("lists what was predicted beside what came, and says in words how far off it was", async () => {
  serve(ESTIMATES);
  renderPage(<EstimatesPage />, "/estimates");
  expect(screen.getByRole("status", { name: "Loading the predictions" })).toBeInTheDocument();
  const row = await screen.findByRole("row", { name: /physics/ });
  expect(row).toHaveTextContent("612 MB → 640 MB");
  expect(within(row).getByRole("img", { name: "Memory: 612 MB predicted, 640 MB held, 96 %" })).toBeVisible();
  expect(within(row).getByRole("img", { name: "Time: 40 s predicted, 43 s taken, 93 %" })).toBeVisible();
  expect(row).toHaveTextContent("1,235");
  expect(screen.getByRole("img", { name: "Memory: 90 % to 104 %, median 96 %" })).toBeVisible();
});

it("links a run to its adapter as long as there is one", async () => {
  serve(ESTIMATES);
  renderPage(<EstimatesPage />, "/estimates");
  expect(await screen.findByRole("link", { name: "physics" })).toHaveAttribute("href", "/adapters/physics");
  expect(screen.queryByRole("link", { name: "first" })).not.toBeInTheDocument();
});

it("compares no time with none, nor with that of a run that was cut short", async () => {
  const stopped = { ...PAST, name: "stopped", time_ratio: null };
  serve({ ...ESTIMATES, estimates: [stopped, FIRST] });
  renderPage(<EstimatesPage />, "/estimates");
  const row = await screen.findByRole("row", { name: /stopped/ });
  expect(within(row).getByText("Stopped early or resumed")).toBeVisible();
  expect(within(row).queryByRole("img", { name: /^Time/ })).not.toBeInTheDocument();
  const first = screen.getByRole("row", { name: /first/ });
  expect(within(first).getByText("Nothing to predict it from then")).toBeVisible();
});

it("turns the pages by the address", async () => {
  const asked = serve({ ...ESTIMATES, total: 60 });
  renderPage(<EstimatesPage />, "/estimates?offset=25");
  const user = userEvent.setup();
  expect(await screen.findByText("26 to 50 of 60 runs")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Next page" }));
  expect(await screen.findByText("51 to 60 of 60 runs")).toBeVisible();
  expect(asked).toEqual(["?limit=25&offset=25", "?limit=25&offset=50"]);
});

it("leads back from beyond the end of the list", async () => {
  serve({ ...ESTIMATES, estimates: [], total: 2 });
  renderPage(<EstimatesPage />, "/estimates?offset=50");
  expect(await screen.findByRole("link", { name: "Show the newest" })).toHaveAttribute("href", "/estimates");
});

it("leads to the first run where none has ended, and says when the list cannot be read", async () => {
  serve({ estimates: [], total: 0, summary: { runs: 0, memory_ratio: null, time_ratio: null, sentence: "None." } });
  const { unmount } = renderPage(<EstimatesPage />, "/estimates");
  expect(await screen.findByRole("link", { name: "Set up a run" })).toHaveAttribute("href", "/train");
  unmount();
  serve({ title: "No", status: 404, detail: "The folder is gone." }, 404);
  renderPage(<EstimatesPage />, "/estimates");
  expect(await screen.findByText("The folder is gone.")).toBeVisible();
  expect(screen.getByRole("button", { name: "Try again" })).toBeVisible();
});
