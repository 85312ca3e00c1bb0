import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { expect, it } from "vitest";

import AdapterPage from "@/features/adapters/AdapterPage";
import { readable } from "@/features/adapters/facts";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

it("shows size and time as people read them, and leads to the playground", async () => {
  const adapter = {
    name: "physics",
    path: "models/physics",
    description: "",
    training_date: "2026-11-23T11:28:30+00:00",
    base_model: "tiny",
    size_bytes: 1_234_567,
    train_loss: 0.23282739372243957,
    lora_target_modules: ["q_proj", "v_proj"],
    job_id: "j1",
  };
  server.use(http.get(`${SERVICE}/adapters`, () => HttpResponse.json({ base_model: "tiny", adapters: [adapter] })));
  renderPage(
    <Routes>
      <Route path="/adapters/:name" element={<AdapterPage />} />
    </Routes>,
    "/adapters/physics",
  );
  expect(await screen.findByRole("link", { name: "Use in playground" })).toHaveAttribute("href", "/playground?model=physics");
  expect(screen.getByRole("link", { name: "Evaluate" })).toHaveAttribute("href", "/evaluate?model=tiny&model=physics");
  expect(screen.getAllByText("1.2 MB")).toHaveLength(2);
  expect(screen.getByTitle("1,234,567 bytes")).toHaveTextContent("1.2 MB");
  expect(screen.getByText("0.2328")).toBeVisible();
  expect(screen.getByText("q_proj, v_proj")).toBeVisible();
  expect(screen.queryByText(/2026-11-23T/)).toBeNull();
  expect(screen.getByRole("link", { name: "j1" })).toHaveAttribute("href", "/jobs/j1");
});

it.each([
  ["size_bytes", 999, "Size", "999 B"],
  ["steps", 1200, "Steps", "1,200"],
  ["lora_r", 16, "LoRA r", "16"],
  ["lineage", { from: "a" }, "Lineage", '{"from":"a"}'],
  ["description", "What it is", "Description", "What it is"],
])("%s of %j reads %s: %s", (name, value, label, text) => expect(readable(name, value)).toMatchObject({ label, text }));
