import { screen, waitFor, within, fireEvent } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, it } from "vitest";

import { acceptSubmissions, field, openPage, takeSample, undoLast } from "@/features/train/page-kit";
import TrainPage from "@/features/train/TrainPage";
import { KIND } from "@/testing/fixtures";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

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
  await user.click(screen.getByRole("button", { name: /^Start/ }));
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
  await user.click(await screen.findByRole("button", { name: /^Start/ }));
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
