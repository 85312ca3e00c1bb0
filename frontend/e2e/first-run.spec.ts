import { expectReadable } from "./axe";
import { expect, reached, submitRun, test, TRAINING_MS } from "./kit";

test.use({ recipes: "real" });

test("from the first visit to an adapter", async ({ page }) => {
  const name = `first-run-${Date.now()}`;

  await page.goto("/ui/train");
  await page.getByRole("button", { name: "Sample run" }).click();
  await page.getByRole("button", { name: /^Change \d+ settings$/ }).click();
  await page.getByRole("textbox", { name: "Adapter name" }).fill(name);
  await page.getByRole("textbox", { name: "Num train epochs" }).fill("1"); // the sample's six are two minutes
  await page.getByRole("radio", { name: "Command" }).check();
  await expect(page.getByRole("textbox", { name: "Command for a terminal" })).toHaveValue(new RegExp(`--adapter_name ${name}`));
  await expect(page.getByRole("img", { name: /^Memory/ })).toBeVisible();
  await page.getByRole("button", { name: /^Start/ }).click();

  await expect(page).toHaveURL(/\/ui\/jobs\/[0-9a-z-]+$/);
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  const job = page.url();

  await page.getByRole("link", { name: "Jobs", exact: true }).click();
  const row = page.getByRole("row", { name });
  await expect(row).toContainText("Succeeded", { timeout: TRAINING_MS });

  await page.goto(job);
  await expect(page.getByRole("img", { name: /^Loss over \d+ steps/ })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Result" })).toBeVisible();
  await expect(page).toHaveTitle(new RegExp(`^✓ ${name}`));

  // What was predicted stands beside what came, on the run's page and in the list of all.
  const result = page.getByRole("region", { name: "Result" });
  await expect(result).toContainText(/Peak memory[\d.]+\s[MG]B\s*predicted [\d.]+\s[MG]B/);
  await expect(result).toContainText(/Tokens\/s[\d,]+/);
  await expectReadable(page);
  await result.getByRole("link", { name: "How earlier predictions came true" }).click();
  const past = page.getByRole("row", { name });
  await expect(past.getByRole("img", { name: /^Memory: .+ predicted, .+ held, \d+ %$/ })).toBeVisible();
  await expect(past.getByRole("link", { name })).toBeVisible();
  await expectReadable(page);

  await page.getByRole("link", { name: "Adapters", exact: true }).click();
  await page.getByRole("link", { name }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
});

test("a real run is stopped and saved: its adapter answers, and its sample answers are there", async ({ page, request }) => {
  const name = `saved-${Date.now()}`;
  const job = await submitRun(request, name, { max_steps: 5000, per_device_train_batch_size: 4, max_length: 64, sample_questions: 2, sample_max_new_tokens: 8, logging_steps: 1 });
  await page.goto(`/ui/jobs/${job}`);
  await expect(page.getByRole("img", { name: /^Loss over \d+ steps/ })).toBeVisible({ timeout: TRAINING_MS });
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await page.getByRole("button", { name: /^Stop and save/ }).click();
  await reached(request, job, "succeeded");
  const result = page.getByRole("region", { name: "Result" });
  await expect(result.getByText("stopped early, of 5,000")).toBeVisible();
  await expect(page.getByRole("region", { name: "Sample answers" })).toBeVisible();
  await result.getByRole("link", { name: "Open adapter" }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
});
