import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, it } from "vitest";

import type { JobKind } from "@/api/types";
import { raised } from "@/components/job-form/ChosenList";
import EvaluatePage from "@/features/evaluate/EvaluatePage";
import { startFrom } from "@/features/evaluate/start";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

const EVALUATE: JobKind = {
  kind: "evaluate",
  title: "Evaluation",
  description: "Score answers.",
  path: "/evaluate",
  program: "score.py",
  needs_gpu: true,
  groups: [
    { id: "run", title: "Run", fields: ["predictions", "baseline", "mode", "tag"] },
    { id: "models", title: "Models", fields: ["models", "dataset_path", "pair", "max_items"] },
    { id: "judge", title: "Judge", fields: ["judges"] },
  ],
  schema: {
    type: "object",
    properties: {
      predictions: { type: "string", default: "some/file.json" },
      baseline: { anyOf: [{ type: "string" }, { type: "null" }], default: null },
      mode: { type: "string", enum: ["auto", "alone"], default: "auto", "x-widget": "options", "x-options": [{ value: "auto", help: "As it can." }, { value: "alone", help: "Nobody is asked." }] },
      tag: { anyOf: [{ type: "string" }, { type: "null" }], default: null },
      models: { type: "array", items: { type: "string" }, maxItems: 3, default: [], "x-widget": "models" },
      dataset_path: { anyOf: [{ type: "string" }, { type: "null" }], default: null, "x-widget": "dataset" },
      pair: { type: "boolean", default: false },
      max_items: { anyOf: [{ type: "integer", minimum: 1 }, { type: "null" }], default: null },
      judges: { type: "array", items: { type: "string" }, default: [], "x-when": { mode: ["auto"] } },
    },
  },
  presets: [{ id: "alone", title: "Alone", description: "Nobody.", values: { models: ["tiny"], dataset_path: "data/qa.json", mode: "alone" } }],
};

const ESTIMATE = { items: 40, models: ["tiny", "physics"], mode: "single", judges: ["judge"], calls: 240, prompt_tokens: 90_000, completion_tokens: 30_000, cost: null, currency: "USD", seconds: 120, basis: ["Counted."], warnings: ["There is no key: nobody is asked."] };

const sent: unknown[] = [];
const estimated: unknown[] = [];

beforeEach(() => {
  sent.length = 0;
  estimated.length = 0;
  server.use(
    http.get(`${SERVICE}/job-kinds`, () => HttpResponse.json({ job_kinds: [EVALUATE] })),
    http.post(`${SERVICE}/evaluate/estimate`, async ({ request }) => {
      estimated.push(await request.json());
      return HttpResponse.json(ESTIMATE);
    }),
    http.post(`${SERVICE}/evaluate`, async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ job_id: "j1", status: "queued" }, { status: 202 });
    }),
  );
});

async function openPage(address = "/evaluate") {
  renderPage(<EvaluatePage />, address);
  await screen.findByRole("radio", { name: "Models" });
  return userEvent.setup();
}

it("lets models answer a dataset: the first is the baseline, and nothing is asked before it is complete", async () => {
  const user = await openPage();
  expect(screen.getByRole("button", { name: "Choose a model" })).toBeVisible();
  expect(screen.queryByRole("textbox", { name: "Predictions" })).toBeNull();
  const models = screen.getByRole("combobox", { name: "Models" });
  await within(models).findByRole("option", { name: "physics" });
  await user.selectOptions(models, "physics");
  await user.selectOptions(models, "tiny");
  await user.click(screen.getByRole("button", { name: "Move tiny up" }));
  const chosen = screen.getByRole("list", { name: "Models" });
  expect(within(chosen).getAllByRole("listitem")[0]).toHaveTextContent("tinybaseline");
  await user.click(screen.getByRole("button", { name: "Choose the questions" }));
  expect(sent).toEqual([]);
  expect(estimated).toEqual([]);
  await user.selectOptions(screen.getByRole("combobox", { name: /Dataset path/ }), "data/qa.json");
  expect(await screen.findByText("240")).toBeVisible();
  expect(screen.getByText("40 items, mode single: judge.")).toBeVisible();
  expect(screen.getByText("unknown")).toBeVisible(); // the cost: not knowing is not nothing
  expect(screen.getByText("There is no key: nobody is asked.")).toBeVisible();
  expect(screen.getByRole("region", { name: "Command for a terminal" })).toHaveTextContent("python score.py \\ --models tiny physics \\ --dataset_path data/qa.json");
  await user.click(screen.getByRole("button", { name: "Start the evaluation" }));
  expect(await screen.findByText("arrived at a job")).toBeVisible();
  expect(sent).toEqual([{ models: ["tiny", "physics"], dataset_path: "data/qa.json" }]);
});

it("takes a file of answers instead, and sends nothing that belongs to models", async () => {
  const user = await openPage("/evaluate?model=physics&dataset=qa.json");
  await user.click(screen.getByRole("radio", { name: "A file of answers" }));
  expect(screen.queryByRole("combobox", { name: "Models" })).toBeNull();
  expect(screen.queryByRole("textbox", { name: "Max items" })).toBeNull();
  expect(screen.getByRole("checkbox", { name: "Pair" })).toBeInTheDocument(); // two files can be paired too
  await user.selectOptions(screen.getByRole("combobox", { name: "Mode" }), "alone");
  expect(screen.queryByRole("textbox", { name: "Judges" })).toBeNull();
  await user.type(screen.getByRole("textbox", { name: "Baseline" }), "old.json");
  await waitFor(() => expect(screen.getByRole("button", { name: "Start the evaluation" })).toBeVisible());
  await user.click(screen.getByRole("button", { name: "Start the evaluation" }));
  expect(await screen.findByText("arrived at a job")).toBeVisible();
  expect(sent).toEqual([{ baseline: "old.json", mode: "alone" }]);
});

it("begins with what a link names, or another run had, but for its name", () => {
  const search = (text: string) => new URLSearchParams(text);
  expect(startFrom(undefined, search("model=a&model=b"), "data/x.json")).toEqual({ source: "models", values: { models: ["a", "b"], dataset_path: "data/x.json" } });
  expect(startFrom(undefined, search("predictions=p.json"), undefined)).toEqual({ source: "file", values: { predictions: "p.json" } });
  const copied = { models: [], predictions: "p.json", tag: "first", output_dir: "evaluation", mode: "auto" };
  expect(startFrom(copied, search("from=j0"), undefined)).toEqual({ source: "file", values: { models: [], predictions: "p.json", mode: "auto" } });
  expect(raised(["a", "b", "c"], 2)).toEqual(["a", "c", "b"]);
});

it("fills in from a preset what is not chosen yet, and keeps what is", async () => {
  const user = await openPage("/evaluate?model=physics");
  await user.click(screen.getByRole("button", { name: "Alone" }));
  await user.click(screen.getByRole("button", { name: /^Change \d+ settings?$/ }));
  expect(screen.getByRole("list", { name: "Models" })).toHaveTextContent(/^physics$/);
  expect(screen.getByRole("combobox", { name: /Dataset path/ })).toHaveValue("data/qa.json");
  expect(screen.getByRole("combobox", { name: "Mode" })).toHaveValue("alone");
  await user.click(screen.getByRole("radio", { name: "A file of answers" }));
  expect(screen.getByRole("textbox", { name: "Predictions" })).toHaveValue("some/file.json"); // hidden fields keep what they hold
});

it("says when the form cannot be read", async () => {
  server.use(http.get(`${SERVICE}/job-kinds`, () => HttpResponse.json({ title: "No", detail: "Not here." }, { status: 404 })));
  renderPage(<EvaluatePage />);
  expect(await screen.findByText("Not here.")).toBeVisible();
});
