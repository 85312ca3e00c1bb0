import { type Page } from "@playwright/test";

import { expect, expectAccessible, submitRun, tabTo, test } from "./kit";

const chart = (page: Page, name: RegExp) => page.getByRole("img", { name });

async function openRun(page: Page, name: string, params: object): Promise<string> {
  const job = await submitRun(page.request, name, params);
  await page.goto(`/ui/jobs/${job}`);
  await expect(chart(page, /^Loss over \d+ steps/)).toBeVisible();
  return job;
}

async function stepOf(page: Page, job: string): Promise<number> {
  return ((await (await page.request.get(`/jobs/${job}/status`)).json()) as { progress: { step: number } }).progress.step;
}

/** Drags across the middle half of a chart. */
async function zoomIn(page: Page): Promise<void> {
  await expect(page.getByText(/^train\d/)).toBeVisible(); // its points are drawn
  const box = await chart(page, /^Loss/).boundingBox();
  if (!box) throw new Error("there is no chart");
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + 0.4 * box.width, y);
  await page.mouse.down();
  await page.mouse.move(box.x + 0.6 * box.width, y, { steps: 4 });
  await page.mouse.up();
  await expect(page).toHaveURL(/zoom=/);
}

test("a zoom is there after further points, a reload and in a shared link, and is left with Escape", async ({ page, service }) => {
  const job = await openRun(page, "slow-zoomed", { max_steps: 5000 });
  await expect(chart(page, /^Gradient norm/)).toBeVisible();
  await zoomIn(page);
  const zoomed = new URL(page.url()).searchParams.get("zoom");
  const before = await stepOf(page, job);
  await expect.poll(() => stepOf(page, job)).toBeGreaterThan(before + 40);
  expect(new URL(page.url()).searchParams.get("zoom")).toBe(zoomed);
  await page.reload();
  await expect(page.getByRole("button", { name: "Show everything" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Show everything" })).toBeHidden();
  await expect(page).not.toHaveURL(/zoom=/);
  service.cue("slow-zoomed");
});

test("fifty thousand points come reduced, are exact where zoomed into, and can be read as a table", async ({ page, service }) => {
  const job = await submitRun(page.request, "long-curve");
  await expect.poll(() => stepOf(page, job)).toBeGreaterThan(50_000);
  await page.goto(`/ui/jobs/${job}`);
  await expect(page.getByText(/^Reduced view/)).toBeVisible();
  const exact = page.waitForResponse(/metrics\/columns/);
  await zoomIn(page);
  expect((await exact).ok()).toBe(true);
  await page.keyboard.press("l");
  await expect(page.getByRole("checkbox", { name: "Log scale" })).toBeChecked();
  await page.getByRole("button", { name: "Table" }).click();
  await expect(page.getByRole("region", { name: "Curves as a table" }).getByRole("row")).toHaveCount(51);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Charts" }).click();
  await expectAccessible(page);
  service.cue("long-curve");
});

test("a single point is drawn, and read as a table", async ({ page }) => {
  await openRun(page, "quick-single", { max_steps: 1 });
  await chart(page, /^Loss/).scrollIntoViewIfNeeded(); // what is out of sight is not drawn
  await expect(page.getByText(/^train\d/)).toBeVisible();
  await page.getByRole("button", { name: "Table" }).click();
  await expect(page.getByRole("region", { name: "Curves as a table" }).getByRole("row")).toHaveCount(2);
});

test("what a logarithmic axis has no place for is counted, and a loss that is no number any more is told", async ({ page, trouble }) => {
  await openRun(page, "diverging-run", { max_steps: 100 });
  await expect(page.getByText("The loss has been no number since step 61.")).toBeVisible();
  await page.getByRole("checkbox", { name: "Log scale" }).check();
  await expect(page.getByText(/^\d+ values of zero or less have no place/)).toBeVisible();
  await page.getByRole("slider", { name: "Smoothing" }).press("End");
  await expectAccessible(page);
  expect(trouble).toEqual([]);
});

test("curves are read with the keyboard alone", async ({ page }) => {
  await openRun(page, "quick-keys", {});
  const loss = chart(page, /^Loss/);
  await tabTo(page, loss);
  await page.keyboard.press("ArrowLeft");
  await expect(page.getByText("step 199").first()).toBeVisible();
  await page.keyboard.press("m");
  await expect(chart(page, /^Gradient norm/)).toHaveCount(0);
  await expect(page).toHaveURL(/chart=loss/);
  await page.keyboard.press("s");
  await expect(page.getByRole("slider", { name: "Smoothing" })).toHaveValue("0");
});
