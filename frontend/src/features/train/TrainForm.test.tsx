import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, it } from "vitest";

import { field, openPage, takeSample, undoLast } from "@/features/train/page-kit";
import TrainPage from "@/features/train/TrainPage";
import { ESTIMATE, KIND } from "@/testing/fixtures";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

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

/** Presses, without the way of a pointer there: a page of this size makes that slow. */
const press = (element: HTMLElement) => fireEvent.click(element);

it("holds back what does not fit until somebody insists, which is told with the run", async () => {
  const asked: string[] = [];
  server.use(
    http.post(`${SERVICE}/estimate`, () => HttpResponse.json({ ...ESTIMATE, memory: { ...ESTIMATE.memory, available_bytes: 1e9 } })),
    http.post(`${SERVICE}/train`, ({ request }) => {
      asked.push(new URL(request.url).search);
      return HttpResponse.json({ job_id: "j1", status: "queued" }, { status: 202 });
    }),
  );
  renderPage(<TrainPage />, "/train?preset=sample");
  press(await screen.findByText("Does not fit: 2.0 GB of 1.0 GB free", {}, { timeout: 15_000 }));
  const insist = screen.getByRole("checkbox", { name: /^Start it all the same/ });
  expect(insist).toHaveFocus();
  expect(asked).toEqual([]);
  press(insist);
  press(screen.getByRole("button", { name: /^Start/ }));
  expect(await screen.findByText("arrived at a job")).toBeVisible();
  expect(asked).toEqual(["?tag=started+over+the+memory"]);
});

it("settles a warning, and makes a run fit, with one button each", async () => {
  const warned = { ...ESTIMATE, memory: { ...ESTIMATE.memory, available_bytes: 1e9 }, warnings: ["Too few steps."], fixes: [{ warning: "Too few steps.", words: "Take 200 steps", params: { steps: 200 } }] };
  server.use(
    http.post(`${SERVICE}/estimate`, () => HttpResponse.json(warned)),
    http.post(`${SERVICE}/estimate/fit`, () => HttpResponse.json({ outcome: "changed", sentence: "Fewer modules.", params: { modules: ["q"] }, estimate: ESTIMATE })),
  );
  renderPage(<TrainPage />, "/train?preset=sample");
  press(await screen.findByText("Take 200 steps", {}, { timeout: 15_000 }));
  expect(screen.getByRole("textbox", { name: /^Steps/ })).toHaveValue("200");
  press(screen.getByRole("button", { name: "Make it fit" }));
  expect(await screen.findByText(/^Fewer modules. Then: 2.0 GB of 8.0 GB free/)).toBeVisible();
  press(screen.getByRole("button", { name: "Change 1 setting" }));
  expect(field("Modules")).toHaveValue("q");
  undoLast();
  expect(field("Modules")).toHaveValue("all-linear");
});

it("queues a sweep as one request, and leads to its runs", async () => {
  const sent: unknown[] = [];
  server.use(
    http.post(`${SERVICE}/sweeps`, async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ name: "s", tag: "sweep:s", jobs: [] }, { status: 202 });
    }),
  );
  const run = { name: "sample-lr0.001", values: {}, steps: 3, seconds: 90, total_bytes: 1e9 };
  server.use(http.post(`${SERVICE}/sweeps/estimate`, () => HttpResponse.json({ runs: [run, run], seconds: 180, most_bytes: 1e9, available_bytes: 8e9 })));
  const user = await openPage();
  await takeSample(user);
  await user.click(screen.getByRole("button", { name: "Several values of Learning rate" }));
  await user.type(screen.getByRole("textbox", { name: "Another value of Learning rate" }), "1e-3,");
  expect(await screen.findByText("2 runs: 2 learning rates, about 2 min each, 3 min in all.")).toBeVisible();
  expect(screen.getByRole("button", { name: "Queue 2 runs · about 3 min" })).toBeVisible();
  await user.keyboard("{Control>}{Enter}{/Control}");
  await waitFor(() => expect(sent).toHaveLength(1));
  const params = { adapter_name: "sample", dataset_path: "data/qa.json", learning_rate: 0.002 };
  expect(sent).toEqual([{ kind: "train", params, vary: { learning_rate: [0.002, 0.001] }, tags: [] }]);
});
