/// <reference lib="dom" />
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "@playwright/test";

import { watchForTrouble } from "./kit";
import { OwnService } from "./service";

const TOKEN = "the-token-of-the-browser-tests-5d1c";

let service: OwnService;
test.beforeAll(async () => (service = await OwnService.start({ token: TOKEN })));
test.afterAll(() => service.stop());

test("the token opens the whole dashboard, and stays where it was typed", async ({ page, context }) => {
  const trouble = await watchForTrouble(page);
  const urls: string[] = [];
  page.on("request", (request) => urls.push(request.url(), JSON.stringify(request.headers())));

  await page.goto(`${service.url}/ui/train?dataset=hostile.json`);
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await expect(page).toHaveURL(/\/ui\/login$/);
  await page.getByLabel("Token", { exact: true }).fill(TOKEN);
  await page.keyboard.press("Enter");

  await expect(page).toHaveURL(/\/ui\/train\?dataset=hostile\.json$/);
  await expect(page.getByRole("button", { name: "Sample run" })).toBeVisible();
  const pages = { Generate: "Generate", Jobs: "Jobs", Adapters: "Adapters", Merge: "Merge", Playground: "Playground", Evaluate: "Evaluate", Leaderboard: "Leaderboard" };
  for (const [link, title] of Object.entries(pages)) {
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: link }).click();
    await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
    await expect(page.getByRole("status", { name: /^Loading/ })).toHaveCount(0);
  }

  // Something is changed with the cookie alone: a job is set up, queued or begun, and cancelled.
  await page.getByRole("link", { name: "Train", exact: true }).click();
  await page.getByRole("textbox", { name: "Adapter name" }).fill("signed-in");
  await page.getByRole("combobox", { name: /^Dataset path/ }).selectOption({ index: 1 });
  await page.getByRole("button", { name: /^Start/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: "signed-in" })).toBeVisible();
  await page.getByRole("button", { name: /^(Stop|Cancel)$/ }).click();
  await page.getByRole("button", { name: /^(Stop and keep the checkpoint|Cancel the run)/ }).click();
  await expect(page.getByText("Cancelled", { exact: true }).first()).toBeVisible({ timeout: 60_000 });
  const job = page.url();

  // The session ends elsewhere: the page asks again, and comes back.
  await page.getByRole("link", { name: "Adapters", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Adapters" })).toBeVisible();
  await context.clearCookies();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await page.getByLabel("Token", { exact: true }).fill(TOKEN);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Adapters" })).toBeVisible();

  await page.goto(job);
  await expect(page.getByRole("heading", { level: 1, name: "signed-in" })).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/ui\/login$/);
  expect((await context.request.get(`${service.url}/jobs`)).status()).toBe(401);

  // Nowhere but in the one request that carried it: no address, no header, no storage, no file of the service.
  expect(urls.join("\n")).not.toContain(TOKEN);
  expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state, document.cookie]))).not.toContain(TOKEN);
  expect(JSON.stringify(await context.cookies())).not.toContain(TOKEN);
  const files = readdirSync(service.folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { parentPath, name } of files) expect(readFileSync(join(parentPath, name)).includes(TOKEN), name).toBe(false);
  expect(trouble.filter((told) => !/\b401\b/.test(told))).toEqual([]);
});
