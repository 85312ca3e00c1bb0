import { rmSync } from "node:fs";

import { expect, test } from "@playwright/test";

import { submitRun, succeeded, watchForTrouble } from "./kit";

const dataset = `playground-walk-${Date.now()}`;

test.afterAll(() => rmSync(`../data/${dataset}.json`, { force: true }));

test("two models side by side: one answer is stopped, another becomes a record of a dataset", async ({ page, request }) => {
  const trouble = watchForTrouble(page);
  const name = `walk-${Date.now()}`;
  await succeeded(request, await submitRun(request, name, { max_steps: 3 }));

  await page.goto(`/ui/adapters/${name}`);
  await page.getByRole("link", { name: "Use in playground" }).click();
  await page.getByRole("combobox", { name: "Add a model" }).selectOption("tiny");
  await expect(page).toHaveURL(new RegExp(`model=${name}&model=tiny$`));
  const answerOf = (model: string) => page.getByRole("region", { name: `Answer of ${model}` });
  const [adapter, base] = [answerOf(name), answerOf("tiny")];
  const question = page.getByRole("textbox", { name: "Question" });
  const send = page.getByRole("button", { name: "Send" });

  // Hot enough never to come to an end by itself before it is stopped, and with a seed, so that this holds every time.
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("textbox", { name: "Temperature" }).fill("10");
  await page.getByRole("textbox", { name: "Top p" }).fill("1");
  await page.getByRole("textbox", { name: "Max new tokens" }).fill("600");
  await page.getByRole("button", { name: /^Advanced/ }).click();
  await page.getByRole("textbox", { name: "Seed" }).fill("1");
  await question.fill("Tell me everything about physics.");
  await question.press("Enter");
  await expect(base).toContainText("writing…", { timeout: 120_000 });
  await base.getByRole("button", { name: "Stop" }).click();
  await expect(base).toContainText(/stopped after/);
  await expect(adapter).toContainText(/\d+ tokens · .* tokens\/s · first token/, { timeout: 120_000 });
  await expect(page).toHaveURL(/conversation=[0-9a-f]+$/);

  await page.getByRole("button", { name: "Back to the defaults" }).click();
  await page.getByRole("textbox", { name: "Temperature" }).fill("0");
  await page.getByRole("button", { name: "Settings 1 changed" }).click();
  await question.fill("What is the SI unit of force?");
  await question.press("Enter");
  for (const cell of [adapter.last(), base.last()]) {
    await expect(cell).toContainText(/first token .* (ended by itself|cut off at \d+ tokens)/, { timeout: 120_000 });
  }
  await expect(send).toBeVisible();

  await base.last().getByRole("button", { name: "Add to dataset" }).click();
  const dialog = page.getByRole("dialog", { name: "Add to a dataset" });
  await dialog.getByRole("textbox", { name: "Answer" }).fill("newton");
  await dialog.getByRole("textbox", { name: /Name of the new dataset/ }).fill(dataset);
  await dialog.getByRole("button", { name: "Add" }).click();
  await expect(page.getByText(`${dataset}.json has 1 record now.`)).toBeVisible();

  await page.reload();
  await expect(adapter).toHaveCount(2);
  await page.getByRole("button", { name: "History" }).click();
  await expect(page.getByRole("dialog", { name: "History" }).getByRole("link", { name: /^Tell me everything/ })).toBeVisible();

  await page.goto(`/ui/train?dataset=${dataset}.json`);
  await expect(page.getByRole("combobox", { name: /^Dataset path/ })).toContainText(`${dataset}.json · 1 example `);
  await expect(page.getByText("What is the SI unit of force?").first()).toBeVisible();
  expect(trouble).toEqual([]);
});
