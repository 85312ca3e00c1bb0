import { expect, test } from "./kit";

test("a dataset is planned, tried, written, corrected by hand, published and trained on", async ({ page }) => {
  const name = `walk-${Date.now()}`;
  await page.goto("/ui/generate");
  await page.getByRole("button", { name: "Say what it is about" }).click();
  const topic = page.getByRole("textbox", { name: "Topic" });
  await expect(topic).toBeFocused();
  await page.getByRole("button", { name: /^Advanced/ }).click();
  await page.getByText("Mock", { exact: true }).click();
  await page.getByRole("textbox", { name: "Num examples" }).fill("6");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill(name);
  await topic.fill("physics");
  await expect(page.getByRole("region", { name: "Subtopics of the plan" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Estimate" })).toBeVisible();

  await page.getByRole("button", { name: "Write a sample" }).click();
  await expect(page).toHaveURL(/sample=[0-9a-z]+/);
  await expect(page.getByRole("listitem", { name: /^Record 3, accepted/ })).toBeVisible({ timeout: 120_000 });
  await expect(page.getByRole("listitem", { name: /^Record 4/ })).toHaveCount(0);
  await expect(topic).toHaveValue("physics");

  await page.getByRole("button", { name: "Write the dataset" }).click();
  await expect(page).toHaveURL(/\/ui\/jobs\/[0-9a-z-]+$/);
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  await expect(page.getByRole("link", { name: "Train on it" })).toBeVisible({ timeout: 120_000 });
  await expect(page.getByText(`${name}.json`).first()).toBeVisible();

  await page.getByRole("button", { name: "Reject record 1", exact: true }).click();
  await expect(page.getByRole("listitem", { name: "Record 1, dropped by you" })).toBeVisible();
  const second = page.getByRole("listitem", { name: /^Record 2,/ });
  await second.focus();
  await second.press("e");
  await page.getByRole("textbox", { name: "Output of record 2" }).fill("As it should have been.");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("listitem", { name: "Record 2, edited by you" })).toContainText("As it should have been.");
  await page.reload();
  await expect(page.getByRole("listitem", { name: "Record 2, edited by you" })).toContainText("As it should have been.");

  await page.getByRole("button", { name: "Publish with your decisions" }).click();
  await expect(page.getByText(/_reviewed\.json/).first()).toBeVisible();
  const reviewed = /[\w.-]+_reviewed\.json/.exec((await page.getByRole("main").textContent()) ?? "")?.[0] ?? "";
  await page.getByRole("link", { name: "Train on it" }).click();
  await expect(page.getByRole("combobox", { name: /^Dataset path/ })).toContainText(`${reviewed} · 5 examples`);
  await expect(page.getByText("As it should have been.").first()).toBeVisible();
});
