import { expect, test } from "@playwright/test";

import { submitRun, TRAINING_MS, watchForTrouble } from "./kit";

test("a run is cancelled while it runs, and can be gone on with", async ({ page, request }) => {
  const trouble = watchForTrouble(page);
  const job = await submitRun(request, `cancelled-${Date.now()}`, { num_train_epochs: 1000 });
  await page.goto(`/ui/jobs/${job}`);
  await expect(page.locator("header").getByText("Running", { exact: true })).toBeVisible({ timeout: TRAINING_MS });
  await expect(page.getByRole("img", { name: /^Loss over \d+ steps/ })).toBeVisible({ timeout: TRAINING_MS });

  await page.getByRole("button", { name: "Stop", exact: true }).click();
  const question = page.getByRole("alertdialog");
  await question.getByRole("button", { name: "Let it run" }).click();
  await expect(question).toBeHidden();
  await expect(page.locator("header").getByText("Running", { exact: true })).toBeVisible();

  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await question.getByRole("button", { name: /^Stop and keep the checkpoint/ }).click();
  await expect(page.getByRole("button", { name: "Stopping…" })).toBeDisabled();
  await expect(page.locator("header").getByText("Cancelled", { exact: true })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole("button", { name: /^Resume from step/ })).toBeEnabled();
  expect(trouble).toEqual([]);
});
