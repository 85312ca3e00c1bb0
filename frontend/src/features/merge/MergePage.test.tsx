import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, it } from "vitest";

import MergePage from "@/features/merge/MergePage";
import { ADAPTERS, COMPARISON, KIND, MERGE } from "@/testing/fixtures";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

const asked: string[] = [];

beforeEach(() => {
  asked.length = 0;
  const [physics] = ADAPTERS.adapters;
  const adapters = ["physics", "history", "gone"].map((name) => ({ ...physics, name, size_bytes: name === "gone" ? null : 1 }));
  server.use(
    http.get(`${SERVICE}/job-kinds`, () => HttpResponse.json({ job_kinds: [KIND, MERGE] })),
    http.get(`${SERVICE}/adapters`, () => HttpResponse.json({ ...ADAPTERS, adapters })),
    http.get(`${SERVICE}/adapters/compare`, ({ request }) => {
      asked.push(new URL(request.url).search);
      return HttpResponse.json(COMPARISON);
    }),
  );
});

async function openPage(address = "/merge") {
  renderPage(<MergePage />, address);
  await screen.findByRole("combobox", { name: /^Adapters/ });
  return userEvent.setup();
}

const weight = (name: string) => screen.getByRole("textbox", { name: `Weight of ${name}` });
const command = () => screen.getByRole("region", { name: "Command for a terminal" });

it("picks two adapters, weighs them, compares them, takes the advice and starts", async () => {
  const sent: unknown[] = [];
  server.use(
    http.post(`${SERVICE}/merge`, async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ job_id: "j1", status: "queued" }, { status: 202 });
    }),
  );
  const user = await openPage();
  expect(screen.getByRole("button", { name: "Choose two adapters" })).toBeVisible();
  const list = screen.getByRole("combobox", { name: /^Adapters/ });
  expect(within(list).getByRole("option", { name: /^gone/ })).toBeDisabled();
  await user.selectOptions(list, "physics");
  expect(screen.getByRole("button", { name: "Choose a second adapter" })).toBeVisible();
  await user.selectOptions(list, "history");
  await user.clear(weight("history"));
  expect(screen.getByRole("button", { name: "The weight of history is no number" })).toBeVisible();
  await user.type(weight("history"), "-0,3");
  expect(screen.getByRole("textbox", { name: /^Output dir/ })).toHaveValue("physics-history");
  expect(command()).toHaveTextContent("--adapters physics:1 history:-0.3 \\ --output_dir models/physics-history");

  await user.click(await screen.findByRole("button", { name: "Use sign" }));
  expect(screen.getByText("It is the one chosen.")).toBeVisible();
  await waitFor(() => expect(asked.at(-1)).toBe("?adapters=physics:1&adapters=history:-0.3"));
  await user.click(screen.getByRole("button", { name: "Start the merge" }));
  expect(await screen.findByText("arrived at a job")).toBeVisible();
  expect(sent).toEqual([{ adapters: ["physics:1", "history:-0.3"], output_dir: "physics-history", method: "sign" }]);
});

it("tells the comparison to the eye and to the ear", async () => {
  await openPage("/merge?adapter=physics&adapter=history");
  const map = await screen.findByRole("region", { name: "Cosine layer by layer" });
  expect(within(map).getByRole("row", { name: /mlp\.up_proj/ })).toHaveTextContent("−0.50");
  expect(within(map).getAllByText("not in both")).toHaveLength(2);
  expect(screen.getByRole("img", { name: /rank 2 90 % and 80 %/ })).toBeVisible();
  await userEvent.setup().click(screen.getByRole("radio", { name: "Sign conflict" }));
  expect(screen.getByRole("region", { name: "Sign conflict layer by layer" })).toHaveTextContent("80 %");
});

it("asks again with what changes the comparison, and not for what does not", async () => {
  const user = await openPage("/merge?adapter=physics&adapter=history");
  await screen.findByRole("button", { name: "Use sign" });
  await user.click(screen.getByRole("checkbox", { name: "Into base" }));
  await user.click(screen.getByRole("checkbox", { name: "Normalize" }));
  await waitFor(() => expect(asked.at(-1)).toContain("normalize"));
  expect(asked).toEqual(["?adapters=physics:1&adapters=history:1", "?adapters=physics:1&adapters=history:1&normalize=true"]);
});

it("says why two adapters cannot be compared", async () => {
  const words = "The adapters were trained on different bases.";
  const body = { title: "No", status: 422, detail: words, errors: [{ loc: ["body", "adapters"], msg: words, type: "bad_model" }] };
  server.use(http.get(`${SERVICE}/adapters/compare`, () => HttpResponse.json(body, { status: 422 })));
  await openPage("/merge?adapter=physics&adapter=history");
  expect((await screen.findAllByText(words))[0]).toBeVisible();
  expect(screen.getAllByText(words)).toHaveLength(1);
  expect(screen.getByRole("button", { name: "These adapters do not fit together" })).toBeVisible();
});

it("shows a field only while it means something, and sends it only then", async () => {
  const user = await openPage("/merge?adapter=physics&adapter=history");
  expect(screen.queryByRole("textbox", { name: "Density" })).toBeNull();
  await user.click(screen.getByRole("button", { name: "By sign" }));
  await user.click(screen.getByRole("button", { name: /^Change \d+ settings?$/ }));
  expect(screen.getByRole("textbox", { name: "Density" })).toHaveValue("0.2");
  expect(weight("history")).toHaveValue("1"); // a preset knows nothing of what was chosen here
  expect(command()).toHaveTextContent("--method sign --density 0.2".replace(" --d", " \\ --d"));
  await user.selectOptions(screen.getByRole("combobox", { name: "Method" }), "sum");
  expect(command()).not.toHaveTextContent("--density");
});

it("leaves a name alone that somebody typed", async () => {
  const user = await openPage("/merge?adapter=physics&adapter=history");
  const name = screen.getByRole("textbox", { name: /^Output dir/ });
  await user.clear(name);
  await user.type(name, "mine");
  await user.click(screen.getByRole("button", { name: "Remove history" }));
  expect(name).toHaveValue("mine");
});

it("copies another merge under a new name", async () => {
  const job = { job_id: "j0", name: "both", params: { adapters: ["physics:0.7", "history:0.3"], output_dir: "/home/me/models/both", method: "sign" } };
  server.use(http.get(`${SERVICE}/jobs/j0/status`, () => HttpResponse.json(job)));
  await openPage("/merge?from=j0");
  expect(weight("physics")).toHaveValue("0.7");
  expect(screen.getByRole("textbox", { name: /^Output dir/ })).toHaveValue("both-2");
});

it("leads to training where there is nothing to merge", async () => {
  server.use(http.get(`${SERVICE}/adapters`, () => HttpResponse.json({ base_model: "", adapters: [] })));
  renderPage(<MergePage />, "/merge");
  expect(await screen.findByRole("link", { name: "Train one" })).toHaveAttribute("href", "/train");
});
