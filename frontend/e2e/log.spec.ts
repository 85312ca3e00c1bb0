import { readFileSync } from "node:fs";

import { type Page } from "@playwright/test";

import { expect, expectAccessible, submitRun, tabTo, test } from "./kit";

const log = (page: Page) => page.getByRole("log", { name: "Log" });
const following = (page: Page) => page.getByRole("button", { name: /^Follow/ });

/** The numbers of the lines that are drawn. */
function numbers(page: Page): Promise<number[]> {
  return log(page).getByRole("link").evaluateAll((links) => links.map((link) => Number(link.getAttribute("data-number"))));
}

async function openTalking(page: Page, name: string): Promise<string> {
  const job = await submitRun(page.request, name, { max_steps: 20_000 });
  await page.goto(`/ui/jobs/${job}/log`);
  await expect.poll(async () => Math.max(...(await numbers(page)))).toBeGreaterThan(20_000);
  return job;
}

test("a long log is followed, left, searched, linked to, and taken along", async ({ page, service }) => {
  await openTalking(page, "talky-read");
  await expect(following(page)).toBeHidden();
  const last = Math.max(...(await numbers(page)));
  await expect.poll(async () => Math.max(...(await numbers(page)))).toBeGreaterThan(last);

  await log(page).hover();
  await page.mouse.wheel(0, -2000);
  await expect(following(page)).toHaveText(/^Follow · [\d,]+ new$/);
  const [first = 0] = await numbers(page);
  await expect(page).toHaveURL(/line=\d+/);
  await page.reload();
  await expect(following(page)).toBeVisible();
  expect(Math.abs(((await numbers(page))[0] ?? 0) - first)).toBeLessThan(3);
  await following(page).click();
  await expect(following(page)).toBeHidden();

  await page.getByRole("searchbox", { name: "Show only lines with" }).fill("   1234  ");
  await expect(page.getByText("1 line", { exact: true })).toBeVisible(); // in a part that was not read before
  const [found = 0] = await numbers(page);
  await page.getByRole("searchbox").fill("");

  await page.goto(`${page.url().split("?")[0]}#L${found}`);
  await expect(log(page).getByRole("link", { name: `Line ${found}`, exact: true })).toBeInViewport();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download the log" }).click();
  const text = readFileSync(await (await download).path(), "utf8");
  expect(text.split("\n")[found - 1]).toContain("   1234  ");
  await expectAccessible(page);
  service.cue("talky-read");
});

test("the log is read with the keyboard alone", async ({ page, service }) => {
  await openTalking(page, "talky-keys");
  await tabTo(page, log(page));
  await page.keyboard.press("g");
  await expect(following(page)).toBeVisible();
  await page.keyboard.press("G");
  await expect(following(page)).toBeHidden();
  await page.keyboard.press(" ");
  await expect(following(page)).toBeVisible();
  await page.keyboard.press("w");
  await expect(page.getByRole("button", { name: "Wrap long lines" })).toHaveAttribute("aria-pressed", "true");
  await page.keyboard.press("Control+f");
  await expect(page.getByRole("searchbox", { name: "Show only lines with" })).toBeFocused();
  service.cue("talky-keys");
});

test("whatever a program prints is shown as text", async ({ page, trouble }) => {
  const job = await submitRun(page.request, "messy-log", { max_steps: 20 });
  await page.goto(`/ui/jobs/${job}/log`);
  await expect(log(page)).toContainText("step 20/20");
  await log(page).focus();
  await page.keyboard.press("g");
  await expect(log(page)).toContainText("Epoch 1: 100%");
  await expect(log(page)).toContainText("red and bold plain  behind");
  await expect(log(page)).toContainText("<script>window.owned = 1</script>");
  await expect(log(page)).toContainText("broken ��");
  const long = log(page).getByText(/^x{1000}/); // a million characters in one line: it is shown cut, in a row like any other
  expect((await long.textContent())?.length).toBeLessThan(300_000);
  expect((await long.boundingBox())?.height).toBe(18);
  await page.keyboard.press("w");
  await expect(page.getByRole("button", { name: "Wrap long lines" })).toHaveAttribute("aria-pressed", "true");
  await expectAccessible(page, "wrapped");
  await page.keyboard.press("w");
  await page.keyboard.press("G");
  await expect(log(page)).toContainText("half a line without an end");
  expect(await page.evaluate(() => "owned" in window)).toBe(false);
  expect(trouble).toEqual([]);
});

test("a log that begins anew is read anew", async ({ page, service }) => {
  const job = await submitRun(page.request, "truncated-log");
  await page.goto(`/ui/jobs/${job}/log`);
  await expect(log(page)).toContainText("The log begins anew.");
  service.cue("truncated-log");
  await expect(log(page)).toContainText("step 100/100");
});
