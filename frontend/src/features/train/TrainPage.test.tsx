import { act, cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, it } from "vitest";

import { toasts } from "@/components/toasts";
import TrainPage from "@/features/train/TrainPage";
import { KIND } from "@/testing/fixtures";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

async function openPage() {
  renderPage(<TrainPage />);
  await screen.findByRole("textbox", { name: "Learning rate" });
  return userEvent.setup();
}

/** A preset, and everything that it would change. */
async function takeSample(user: ReturnType<typeof userEvent.setup>) {
  await user.click(screen.getByRole("button", { name: "Sample run" }));
  await user.click(screen.getByRole("button", { name: /^Change \d+ settings?$/ }));
}

function field(name: string) {
  return screen.getByRole("textbox", { name });
}

/** What the newest message offers to undo. */
function undoLast() {
  const action = toasts.get().at(-1)?.action;
  if (!action || !("onSelect" in action)) throw new Error("nothing to undo");
  act(action.onSelect);
}

/** Answers submissions, and remembers what was sent. */
function acceptSubmissions() {
  const sent: { body: unknown; key: string | null }[] = [];
  server.use(
    http.post(`${SERVICE}/train`, async ({ request }) => {
      sent.push({ body: await request.json(), key: request.headers.get("Idempotency-Key") });
      return HttpResponse.json({ job_id: "j1", status: "queued" }, { status: 202 });
    }),
  );
  return sent;
}

it("draws the form from the service's schema, the rarer settings folded", async () => {
  await openPage();
  expect(field("Learning rate")).toHaveValue("2e-4");
  expect(screen.getByRole("radio", { name: "nf4" })).toBeChecked();
  expect(screen.getByText("Its name")).toBeVisible();
  expect(screen.getByRole("button", { name: /^Advanced/ })).toHaveAttribute("aria-expanded", "false");
});

it("says what is missing, and leads there", async () => {
  const user = await openPage();
  await user.click(screen.getByRole("button", { name: "Dataset path is missing" }));
  await waitFor(() => expect(screen.getByRole("combobox", { name: /Dataset path/ })).toHaveFocus());
});

it("shows the data, the estimate and the command, then sends only what differs", async () => {
  const sent = acceptSubmissions();
  const user = await openPage();
  await takeSample(user);
  expect(await screen.findByText("Answer.")).toBeVisible();
  expect(await screen.findByText("321")).toBeVisible();
  await user.click(screen.getByRole("radio", { name: "Command" }));
  expect(screen.getByRole("textbox", { name: "Command for a terminal" })).toHaveValue(
    "python train.py \\\n  --adapter_name sample \\\n  --dataset_path data/qa.json \\\n  --learning_rate 0.002",
  );
  await user.click(screen.getByRole("button", { name: "Start training" }));
  expect(await screen.findByText("arrived at a job")).toBeVisible();
  expect(sent).toEqual([
    { body: { adapter_name: "sample", dataset_path: "data/qa.json", learning_rate: 0.002 }, key: expect.stringMatching(/^[0-9a-f]{32}$/) },
  ]);
});

it("puts a changed field back, and a preset too", async () => {
  const user = await openPage();
  await user.clear(field("Learning rate"));
  await user.type(field("Learning rate"), "1e-3");
  await user.click(screen.getByRole("button", { name: "Learning rate is changed: back to the default" }));
  expect(field("Learning rate")).toHaveValue("2e-4");
  await takeSample(user);
  undoLast();
  await waitFor(() => expect(field("Adapter name")).toHaveValue(""));
});

it("puts a refusal on its field, even inside the fold, and the focus with it", async () => {
  server.use(
    http.post(`${SERVICE}/train`, () =>
      HttpResponse.json(
        { title: "Unprocessable", status: 422, errors: [{ loc: ["body", "patience"], msg: "needs validation data", type: "value_error" }] },
        { status: 422 },
      ),
    ),
  );
  const user = await openPage();
  await takeSample(user);
  await user.click(await screen.findByRole("button", { name: "Start training" }));
  expect(await screen.findByText("needs validation data")).toBeVisible();
  await waitFor(() => expect(field("Patience")).toHaveFocus());
  expect(screen.getByRole("button", { name: /^Advanced/ })).toHaveAttribute("aria-expanded", "true");
});

it("refuses what is no number before the service has to", async () => {
  const user = await openPage();
  await user.clear(field("Learning rate"));
  await user.type(field("Learning rate"), "fast");
  await user.tab();
  expect(await screen.findByText(/Must be a number/)).toBeVisible();
});

it("copies another run's settings under a new name", async () => {
  const job = { job_id: "j0", name: "physics", params: { adapter_name: "physics", dataset_path: "data/qa.json", learning_rate: 0.01 } };
  server.use(http.get(`${SERVICE}/jobs/j0/status`, () => HttpResponse.json(job)));
  renderPage(<TrainPage />, "/train?from=j0");
  expect(await screen.findByRole("textbox", { name: "Adapter name" })).toHaveValue("physics-2");
  expect(field("Learning rate")).toHaveValue("0.01");
});

it("takes the dataset that a link names", async () => {
  renderPage(<TrainPage />, "/train?dataset=qa.json");
  expect(await screen.findByRole("combobox", { name: /Dataset path/ })).toHaveValue("data/qa.json");
});

it("says so when the form cannot be read", async () => {
  server.use(http.get(`${SERVICE}/job-kinds`, () => HttpResponse.json({ title: "No", status: 404, detail: "Not here." }, { status: 404 })));
  renderPage(<TrainPage />);
  const alert = await screen.findByRole("alert");
  expect(within(alert).getByText("Not here.")).toBeVisible();
});

it("says where a base model is, and that one from the hub is fetched first", async () => {
  server.use(
    http.get(`${SERVICE}/job-kinds`, () => {
      const properties = { ...KIND.schema.properties, base_model_name: { type: "string", default: "tiny", "x-widget": "model" } };
      return HttpResponse.json({ job_kinds: [{ ...KIND, schema: { ...KIND.schema, properties } }] });
    }),
  );
  await openPage();
  const model = screen.getByRole("combobox", { name: "Base model name" });
  const choose = (name: string) => fireEvent.change(model, { target: { value: name } });
  choose("owner/cached");
  expect(await screen.findByText("On this machine, 988 MB")).toBeVisible();
  choose("owner/damaged");
  expect(screen.getByText("Its weights are cut off.")).toBeVisible();
  choose("owner/elsewhere");
  expect(screen.getByText(/its download is queued first/)).toBeVisible();
  choose("models/mine/checkpoint");
  expect(screen.queryByText(/download/)).not.toBeInTheDocument();
});

it("keeps what was typed over a reload, and what a preset would take of it only when asked", async () => {
  const user = await openPage();
  fireEvent.change(field("Learning rate"), { target: { value: "5e-4" } });
  cleanup();
  await openPage();
  expect(field("Learning rate")).toHaveValue("5e-4");
  await user.click(screen.getByRole("button", { name: "Sample run" }));
  const rate = screen.getByRole("checkbox", { name: "Learning rate" });
  expect(rate).not.toBeChecked();
  expect(screen.getByText("kept: you typed it")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Change 2 settings" }));
  expect(field("Learning rate")).toHaveValue("5e-4");
  expect(field("Adapter name")).toHaveValue("sample");
  await user.click(screen.getByRole("button", { name: "Sample run" }));
  await user.click(screen.getByRole("checkbox", { name: "Learning rate" }));
  await user.click(screen.getByRole("button", { name: "Change 1 setting" }));
  expect(field("Learning rate")).toHaveValue("0.002");
});

it("gives a discarded draft back, and says what has changed in the form since a draft was typed", async () => {
  const user = await openPage();
  fireEvent.change(field("Learning rate"), { target: { value: "5e-4" } });
  await user.click(screen.getByRole("button", { name: "Discard draft" }));
  expect(field("Learning rate")).toHaveValue("2e-4");
  undoLast();
  await waitFor(() => expect(field("Learning rate")).toHaveValue("5e-4"));
  cleanup();
  const properties = { ...KIND.schema.properties, learning_rate: { ...KIND.schema.properties?.learning_rate, maximum: 1e-4 }, steps: { type: "integer", default: 7 } };
  server.use(http.get(`${SERVICE}/job-kinds`, () => HttpResponse.json({ job_kinds: [{ ...KIND, schema: { ...KIND.schema, properties } }] })));
  await openPage();
  expect(screen.getByText("Learning rate has other limits or another default.")).toBeVisible();
  expect(screen.getByText("Steps is now 7 by default.")).toBeVisible();
});

it("takes any parameter that a link names, and compares with the run it began from", async () => {
  const job = { job_id: "j0", name: "physics", params: { adapter_name: "physics", dataset_path: "data/qa.json", learning_rate: 0.01 } };
  server.use(http.get(`${SERVICE}/jobs/j0/status`, () => HttpResponse.json(job)));
  renderPage(<TrainPage />, "/train?from=j0&steps=5&learning_rate=1e-3&learning_rate=2e-3");
  expect(await screen.findByRole("textbox", { name: /^Steps/ })).toHaveValue("5");
  expect(screen.getByRole("button", { name: "Take 1e-3 away" })).toBeVisible();
  fireEvent.click(screen.getByRole("button", { name: "3 other than physics" }));
  expect(screen.getByRole("region", { name: "Other than in physics" })).toHaveTextContent("Learning rate0.011e-3, 2e-3");
});

it("fills itself in from what is pasted, and names what has no place", async () => {
  server.use(
    http.post(`${SERVICE}/job-kinds/train/read`, async ({ request }) => {
      const { text } = (await request.json()) as { text: string };
      expect(text).toBe("python train.py --learning_rate 1e-3 --rank 8");
      return HttpResponse.json({ form: "command", values: { learning_rate: 0.001 }, unknown: ["rank"], errors: [] });
    }),
  );
  await openPage();
  fireEvent.paste(field("Adapter name"), { clipboardData: { getData: () => "python train.py --learning_rate 1e-3 --rank 8" } });
  await waitFor(() => expect(field("Learning rate")).toHaveValue("0.001"));
  expect(screen.getByText("rank")).toBeVisible();
  expect(field("Adapter name")).toHaveValue("");
});

it("finds a setting in the fold, and moves numbers by the arrow keys", async () => {
  const user = await openPage();
  await user.type(screen.getByRole("searchbox", { name: "Search the settings" }), "patience");
  expect(field("Patience")).toBeVisible();
  expect(screen.queryByRole("textbox", { name: "Learning rate" })).toBeNull();
  await user.clear(screen.getByRole("searchbox"));
  await user.click(field("Learning rate"));
  await user.keyboard("{ArrowUp}{ArrowUp}");
  expect(field("Learning rate")).toHaveValue("4e-4");
  await user.keyboard("{Shift>}{ArrowDown}{/Shift}");
  expect(field("Learning rate")).toHaveValue("4e-5");
  await user.clear(field("Learning rate"));
  await user.type(field("Learning rate"), "1/1000");
  await user.tab();
  expect(field("Learning rate")).toHaveValue("0.001");
});

it("queues a sweep as one request, and leads to its runs", async () => {
  const sent: unknown[] = [];
  server.use(
    http.post(`${SERVICE}/sweeps`, async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ name: "s", tag: "sweep:s", jobs: [] }, { status: 202 });
    }),
  );
  const user = await openPage();
  await takeSample(user);
  await user.click(screen.getByRole("button", { name: "Several values of Learning rate" }));
  await user.type(screen.getByRole("textbox", { name: "Another value of Learning rate" }), "1e-3,");
  await user.keyboard("{Control>}{Enter}{/Control}");
  await waitFor(() => expect(sent).toHaveLength(1));
  const params = { adapter_name: "sample", dataset_path: "data/qa.json", learning_rate: 0.002 };
  expect(sent).toEqual([{ kind: "train", params, vary: { learning_rate: [0.002, 0.001] }, tags: [] }]);
});
