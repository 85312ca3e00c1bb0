import { expect, expectAccessible, reached, submitRun, tabTo, test } from "./kit";

/** A run is stopped, finished, forced, and taken up again. */

const header = "main header";

test("stop and save: the run finishes its step and keeps the adapter", async ({ page }) => {
  const job = await submitRun(page.request, "slow-saved");
  await page.goto(`/ui/jobs/${job}`);
  await expect(page.locator(header).getByText("Running", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  const question = page.getByRole("alertdialog", { name: "Stop slow-saved?" });
  await expect(question).toContainText("is scored, saved and registered");
  await expectAccessible(page);
  await question.getByRole("button", { name: /^Stop and save/ }).click();
  await expect(page.locator(header).getByText("Succeeded", { exact: true })).toBeVisible();
  const result = page.getByRole("region", { name: "Result" });
  await expect(result.getByText("stopped early, of 1,000")).toBeVisible();
  await expect(result.getByRole("link", { name: "Open adapter" })).toBeVisible();
  const answers = page.getByRole("region", { name: "Sample answers" });
  await expect(answers.getByText("Force is often met in physics.")).toBeVisible();
  const scrubber = answers.getByRole("slider");
  if (await scrubber.isVisible()) { // stopped so early, the base alone may have answered
    await scrubber.press("Home");
    await expect(answers.getByText(/^After step/)).toHaveCount(0);
    await expect(page).toHaveURL(/sample=0/);
  }
  await expectAccessible(page);
});

test("with the keyboard: stopped with a checkpoint, it goes on where it was, each step once", async ({ page, service }) => {
  const job = await submitRun(page.request, "slow-resumed");
  await page.goto(`/ui/jobs/${job}`);
  await expect(page.getByRole("img", { name: /^Loss over \d+ steps/ })).toBeVisible();
  await tabTo(page, page.getByRole("button", { name: "Stop", exact: true }));
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("button", { name: /^Stop and keep the checkpoint/ }));
  await page.keyboard.press("Enter");
  await expect(page.locator(header).getByText("Cancelled", { exact: true })).toBeVisible();
  const resume = page.getByRole("button", { name: /^Resume from step [\d,]+$/ });
  await expectAccessible(page);
  await tabTo(page, resume);
  await page.keyboard.press("Enter");
  await expect(page.locator(header).getByText("Running", { exact: true })).toBeVisible();
  service.cue("slow-resumed");
  await expect(page.locator(header).getByText("Succeeded", { exact: true })).toBeVisible();
  const { rows } = (await (await page.request.get(`/jobs/${job}/metrics`)).json()) as { rows: { step: number; loss?: number }[] };
  const steps = rows.filter(({ loss }) => loss !== undefined).map(({ step }) => step);
  expect(steps).toEqual(Array.from({ length: 1000 }, (_, at) => at + 1));
});

test("one that does not stop is offered to be forced, and stopping twice does no harm", async ({ page }) => {
  const job = await submitRun(page.request, "deaf-one");
  const waiting = await submitRun(page.request, "quick-behind");
  await reached(page.request, job, "running");
  await page.goto(`/ui/jobs/${waiting}`);
  await expect(page.getByText(/^Next in the queue: the GPU is busy with deaf-one/)).toBeVisible();
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("button", { name: "Cancel the run" }).click();
  await expect(page.locator(header).getByText("Cancelled", { exact: true })).toBeVisible();

  await page.goto(`/ui/jobs/${job}`);
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await page.getByRole("button", { name: /^Stop and keep the checkpoint/ }).click();
  await expect(page.locator(header).getByText(/^Stopping, writing checkpoint \d+…$/)).toBeVisible();
  await expect(page.getByRole("button", { name: "Stopping…" })).toBeDisabled();
  expect((await page.request.post(`/jobs/${job}/cancel`)).status()).toBe(200);
  await page.getByRole("button", { name: "Force stop" }).click();
  const question = page.getByRole("alertdialog");
  await expect(question).toContainText("everything it has learnt is lost");
  await expectAccessible(page);
  await question.getByRole("button", { name: "Force stop" }).click();
  await expect(page.locator(header).getByText("Cancelled", { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Start again" })).toBeVisible();
});

test("out of memory: what would have helped, into the form or started at once", async ({ page }) => {
  const job = await submitRun(page.request, "oom-panel", { per_device_train_batch_size: 8, gradient_accumulation_steps: 2 });
  await reached(page.request, job, "failed");
  await page.goto(`/ui/jobs/${job}`);
  const panel = page.getByRole("alert");
  await expect(panel.getByText("Out of GPU memory")).toBeVisible();
  await expect(panel.getByText("8 → 4")).toBeVisible();
  await expectAccessible(page);
  await panel.getByRole("link", { name: "Look it over first" }).click();
  await expect(page.getByRole("textbox", { name: "Adapter name" })).toHaveValue("oom-panel-2");
  await expect(page.getByRole("textbox", { name: "Per device train batch size" })).toHaveValue("4");
});

test("an error of the program: its trace is folded away", async ({ page }) => {
  const job = await submitRun(page.request, "crash-panel");
  await reached(page.request, job, "failed");
  await page.goto(`/ui/jobs/${job}`);
  const trace = page.getByRole("region", { name: "Trace of the error" });
  await expect(trace).toBeHidden();
  await page.getByText("Where it happened: the whole trace").click();
  await expect(trace).toContainText("in crash");
  await expectAccessible(page);
  await page.getByRole("link", { name: "Show it in the log" }).click();
  await expect(page).toHaveURL(/\/log#L\d+$/);
  await expect(page.getByRole("log")).toContainText("Traceback (most recent call last):");
});
