import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { beforeEach, expect, it } from "vitest";

import AdapterPage from "@/features/adapters/AdapterPage";
import { readable } from "@/features/adapters/facts";
import { ADAPTER, DETAIL, LINEAGE } from "@/testing/adapters";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

beforeEach(() => {
  server.use(
    http.get(`${SERVICE}/adapters/:name`, () => HttpResponse.json(DETAIL)),
    http.get(`${SERVICE}/lineage`, () => HttpResponse.json(LINEAGE)),
    http.get(`${SERVICE}/evaluations`, () => HttpResponse.json({ evaluations: [], total: 0 })),
  );
});

function open(address = "/adapters/physics") {
  renderPage(
    <Routes>
      <Route path="/adapters/:name" element={<AdapterPage />} />
    </Routes>,
    address,
  );
}

it("shows what it is and came of, and leads to where it is used", async () => {
  open();
  expect(await screen.findByRole("link", { name: "Use in playground" })).toHaveAttribute("href", "/playground?model=physics");
  expect(screen.getAllByRole("link", { name: "Evaluate" })[0]).toHaveAttribute("href", "/evaluate?model=tiny&model=physics");
  expect(screen.getByRole("link", { name: "Merge" })).toHaveAttribute("href", "/merge?adapter=physics");
  expect(screen.getByText("480, 3 truncated")).toBeVisible();
  expect(screen.getByText("20,000, 40 % of them supervised")).toBeVisible();
  expect(await screen.findByText("forces")).toBeVisible();
  expect(screen.getByRole("button", { name: "Download, 1.2 MB" })).toBeEnabled();
});

it("draws the lineage as links, and tells it in words", async () => {
  open();
  const graph = await screen.findByRole("group", { name: "Lineage, from left to right" });
  expect(within(graph).getByRole("link", { name: "Dataset qa.json" })).toHaveAttribute("href", "/datasets/qa.json");
  expect(within(graph).getByRole("link", { name: "Run j1" })).toHaveAttribute("href", "/jobs/j1");
  expect(within(graph).getByRole("link", { name: "Merged model, svd whole" })).toHaveAttribute("href", "/playground?model=whole");
  expect(within(graph).getByRole("img", { name: "Adapter physics, this page" })).toBeVisible();
  await userEvent.setup().click(screen.getByText("In words"));
  expect(screen.getByText("Made of").parentElement).toHaveTextContent("Made ofRun j1Dataset qa.jsonBase model tinyWent intoMerged model, svd whole, 0.7 ×");
});

it("shows missing files as missing", async () => {
  server.use(http.get(`${SERVICE}/adapters/:name`, () => HttpResponse.json({ ...DETAIL, adapter: { ...ADAPTER, size_bytes: null }, files: [], card: null, run: null })));
  open();
  expect(await screen.findByText("Its files are missing")).toBeVisible();
  expect(screen.queryByRole("link", { name: "Use in playground" })).toBeNull();
  expect(screen.getByText("The folder is not there.")).toBeVisible();
});

it("is found under the name that it had", async () => {
  open("/adapters/old");
  expect(await screen.findByRole("heading", { level: 1, name: "physics" })).toBeVisible();
});

it("says how programs ask it", async () => {
  open();
  const user = userEvent.setup();
  await user.click(await screen.findByRole("radio", { name: "Python" }));
  expect(screen.getByText(/client = OpenAI\(base_url="http:\/\/localhost:8000\/v1"/)).toBeVisible();
});

it.each([
  ["size_bytes", 999, "Size", "999 B"],
  ["steps", 1200, "Steps", "1,200"],
  ["lora_r", 16, "LoRA r", "16"],
  ["lineage", { from: "a" }, "Lineage", '{"from":"a"}'],
  ["description", "What it is", "Description", "What it is"],
])("%s of %j reads %s: %s", (name, value, label, text) => expect(readable(name, value)).toMatchObject({ label, text }));
