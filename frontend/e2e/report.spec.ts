/// <reference lib="dom" />
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { expect, type Page, test } from "@playwright/test";

import { violations } from "./axe";

const root = resolve(import.meta.dirname, "../..");
let folder = "";

test.beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "reports-"));
  execFileSync(process.env.PYTHON ?? "python", ["-m", "tests.core.evaluation.reporting.sample", folder], { cwd: root });
});

test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Opens a report from disk; answers with everything that it asked for besides itself, and all that went wrong. */
async function open(page: Page, name: string): Promise<string[]> {
  const trouble: string[] = [];
  const url = pathToFileURL(join(folder, name, "report.html")).href;
  page.on("request", (request) => request.url() !== url && !request.url().startsWith("data:,") && trouble.push(`asked for ${request.url()}`));
  page.on("console", (message) => trouble.push(message.text()));
  page.on("pageerror", (error) => trouble.push(error.message));
  page.on("dialog", (dialog) => trouble.push(`opened a dialog: ${dialog.message()}`));
  await page.goto(url);
  return trouble;
}

const LOOKS = [["light", 1360], ["light", 390], ["dark", 1360], ["dark", 390]] as const;

for (const [name, looks] of [["single", LOOKS], ["comparison", LOOKS.slice(0, 2)], ["pairwise", LOOKS.slice(2, 3)], ["hostile", LOOKS.slice(3)]] as const) {
  test(`the ${name} report is readable by everybody`, async ({ page }) => {
    const trouble = await open(page, name);
    await page.locator("#rows .question").first().click();
    await page.locator("summary").click();
    for (const [colorScheme, width] of looks) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      expect(await violations(page), `${colorScheme}, ${width} pixels`).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    }
    expect(trouble).toEqual([]);
  });
}

for (const name of ["hostile", "comparison"]) {
  test(`nothing that a model wrote runs in the ${name} report, and all of it is shown`, async ({ page }) => {
    const trouble = await open(page, name);
    await page.getByRole("button", { name: "All", exact: true }).click();
    for (;;) {
      const more = page.getByRole("button", { name: "Show 50 more" });
      if (!(await more.isVisible())) break;
      await more.click();
    }
    const questions = page.locator("#rows .question");
    for (let place = 0; place < 12; place += 1) await questions.nth(place).click();
    await expect(page.locator("#rows tr.detail").first()).toContainText('<script>document.title="owned"');
    await expect(page.locator("#rows")).toContainText('"><img src=https://example.com/p.png onerror=alert(1)>');
    await expect(page).toHaveTitle(/^physics against tiny/);
    expect(await page.evaluate(() => "owned" in window)).toBe(false);
    expect(await page.locator("main img, main iframe, main b > script").count()).toBe(0);
    expect(await page.locator("script").count()).toBe(2);
    expect(trouble).toEqual([]);
  });
}

test("even markup that got in could not run or ask for anything", async ({ page }) => {
  await open(page, "single");
  const refused: string[] = [];
  page.on("console", (message) => refused.push(message.text()));
  const asked: string[] = [];
  await page.route(/^https:/, (route) => {
    asked.push(route.request().url());
    return route.abort();
  });
  await page.evaluate(() => {
    document.body.insertAdjacentHTML("beforeend", '<img src="https://example.com/p.png" onerror="window.owned = 1">');
    const script = document.createElement("script");
    script.textContent = "window.owned = 1";
    document.body.append(script);
  });
  await expect.poll(() => refused.length).toBeGreaterThanOrEqual(2);
  expect(await page.evaluate(() => "owned" in window)).toBe(false);
  expect(asked).toEqual([]);
});

test("items are filtered, searched, sorted and opened, with the keyboard too", async ({ page }) => {
  const trouble = await open(page, "single");
  const count = page.getByRole("status");
  const score = page.getByRole("columnheader", { name: /^Score( [↑↓])?$/ });
  const rows = page.locator("#rows tr.row");
  await expect(count).toHaveText("80 of 80 items");
  await expect(rows).toHaveCount(50);
  await page.getByRole("button", { name: "Show 50 more" }).click();
  await expect(rows).toHaveCount(80);

  await page.getByRole("button", { name: /^Unscored/ }).click();
  await expect(count).toHaveText("3 of 80 items");
  await expect(rows.first()).toContainText("unscored");

  await page.getByRole("button", { name: "Lowest" }).click();
  await expect(score).toHaveAttribute("aria-sort", "ascending");
  const scores = await page.locator("#rows tr.row td:nth-child(4)").allTextContents();
  expect(scores.map(Number)).toEqual([...scores.map(Number)].sort((a, b) => a - b));
  await score.getByRole("button").click();
  await expect(score).toHaveAttribute("aria-sort", "descending");

  await page.getByRole("button", { name: "All", exact: true }).click();
  await page.getByRole("combobox", { name: "Category" }).selectOption("optics");
  await expect(count).toHaveText("20 of 80 items");
  await page.getByRole("searchbox").fill("No such words");
  await expect(page.getByText("No item fits.")).toBeVisible();
  await page.getByRole("searchbox").fill("POWER");
  await expect(rows.first()).toContainText("power");

  const question = page.locator("#rows .question").first();
  await question.focus();
  await page.keyboard.press("Enter");
  await expect(question).toHaveAttribute("aria-expanded", "true");
  await expect(page.getByRole("article").first()).toContainText("The judge says");
  await page.keyboard.press("Enter");
  await expect(question).toHaveAttribute("aria-expanded", "false");
  expect(trouble).toEqual([]);
});

test("a link opens its item, whatever is filtered", async ({ page }) => {
  const trouble = await open(page, "single");
  await page.getByRole("button", { name: /^Unscored/ }).click();
  await page.locator("#rows .question").first().click();
  await page.getByRole("link", { name: "Link to this item" }).click();
  await expect(page).toHaveURL(/#item-11$/);
  await expect(page.locator("#item-11")).toBeVisible();
  await expect(page.getByRole("status")).toHaveText("80 of 80 items");

  await page.goto(`${page.url().split("#")[0]}#item-66`);
  await page.reload();
  await expect(page.locator("#item-66")).toBeVisible();
  await expect(page.locator('[aria-controls="item-66"]')).toBeFocused();
  expect(trouble.filter((told) => !told.includes("#item-"))).toEqual([]);
});
