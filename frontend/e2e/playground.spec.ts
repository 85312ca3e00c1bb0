import { expect, expectAccessible, submitRun, succeeded, test } from "./kit";

const dataset = `playground-walk-${Date.now()}`;

test("two models side by side: stopped, failed, asked again, and one answer becomes a record of a dataset", async ({ page, request }) => {
  const name = `walk-${Date.now()}`;
  await succeeded(request, await submitRun(request, name));

  await page.goto(`/ui/adapters/${name}`);
  await page.getByRole("link", { name: "Use in playground" }).click();
  await page.getByRole("combobox", { name: "Add a model" }).selectOption("tiny");
  await expect(page).toHaveURL(new RegExp(`model=${name}&model=tiny$`));
  const answerOf = (model: string) => page.getByRole("group", { name: `Answer of ${model}` });
  const [adapter, base] = [answerOf(name), answerOf("tiny")];
  const question = page.getByRole("textbox", { name: "Question" });
  const ask = async (text: string) => {
    await question.fill(text);
    await question.press("Enter");
  };

  // One answer is stopped while the other goes on; then all of them.
  await ask("hold");
  await expect(base).toContainText("This much was said,");
  await expect(base).toContainText("writing…");
  await base.getByRole("button", { name: "Stop" }).click();
  await expect(base).toContainText(/stopped after/);
  await expect(adapter).toContainText("writing…");
  await page.getByRole("button", { name: "Stop all answers" }).click();
  await expect(adapter).toContainText(/stopped after/);
  await expect(page).toHaveURL(/conversation=[0-9a-f]+$/);

  // An error in the middle leaves what came before it.
  await ask("fail");
  for (const cell of [adapter.last(), base.last()]) {
    await expect(cell.getByRole("alert")).toContainText("This machine ran out of memory in the middle.");
    await expect(cell).toContainText("This much was said,");
  }
  await expectAccessible(page);

  // Each answer is that of the model above it, both with one seed; asked again, with another one.
  await ask("Who are you?");
  const said = (cell: typeof base, model: string) => cell.last().getByText(new RegExp(`${model} has this to say with seed \\d+`));
  await expect(said(adapter, name)).toBeVisible();
  await expect(said(base, "tiny")).toBeVisible();
  const seedIn = async (cell: typeof base, model: string) => /seed (\d+)/.exec((await said(cell, model).textContent()) ?? "")?.[1];
  const seed = await seedIn(base, "tiny");
  expect(await seedIn(adapter, name)).toBe(seed);
  await expect(base.last()).toContainText(/\d+ tokens · .* tokens\/s · first token .* ended by itself/);
  await base.last().getByRole("button", { name: "Regenerate" }).click();
  await expect.poll(() => seedIn(base, "tiny")).not.toBe(seed);
  await expect(base.last()).toContainText("ended by itself");

  await base.last().getByRole("button", { name: "Add to dataset" }).click();
  const dialog = page.getByRole("dialog", { name: "Add to a dataset" });
  await dialog.getByRole("textbox", { name: "Answer" }).fill("newton");
  await dialog.getByRole("textbox", { name: /Name of the new dataset/ }).fill(dataset);
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Add" }).click();
  await expect(page.getByText(`${dataset}.json has 1 record now.`)).toBeVisible();

  await page.reload();
  await expect(adapter).toHaveCount(3);
  await page.getByRole("button", { name: "History" }).click();
  await expect(page.getByRole("dialog", { name: "History" }).getByRole("link", { name: /^hold/ })).toBeVisible();

  await page.goto(`/ui/train?dataset=${dataset}.json`);
  await expect(page.getByRole("combobox", { name: /^Dataset path/ })).toContainText(`${dataset}.json · 1 example `);
  await expect(page.getByText("Who are you?").first()).toBeVisible();
});
