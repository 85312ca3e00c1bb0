import type { Page } from "@playwright/test";

import { expect, expectAccessible, reached, submitRun, tabTo, test } from "./kit";

test.use({ holds: 200 });

test("filters, words and orders are addresses, and the back button takes them back", async ({ page }) => {
  await page.goto("/ui/jobs");
  const filters = page.getByRole("navigation", { name: "Filters" });
  await filters.getByRole("link", { name: /^Failed/ }).click();
  await expect(page).toHaveURL(/status=failed/);
  await expect(page.getByRole("row", { name: /Succeeded/ })).toHaveCount(0);
  await page.getByRole("link", { name: "Loss" }).click();
  await expect(page).toHaveURL(/sort=loss/);
  await expect(page.getByRole("columnheader", { name: "Loss" })).toHaveAttribute("aria-sort", "ascending");

  await page.goBack();
  await page.goBack();
  await expect(page).toHaveURL(/\/ui\/jobs$/);
  await expect(page.getByRole("row", { name: /Succeeded/ }).first()).toBeVisible();

  await page.keyboard.press("/");
  await page.keyboard.type("contract lora_r=8");
  await expect(page.getByRole("row", { name: /contract-summaries/ })).toHaveCount(1);
  await page.reload(); // the address alone says it
  await expect(page.getByRole("searchbox")).toHaveValue("contract lora_r=8");
  await expect(page.getByRole("row", { name: /contract-summaries/ })).toHaveCount(1);
  await page.getByRole("searchbox").fill("nowhere");
  await expect(page.getByText("No run matches")).toBeVisible();
  await expectAccessible(page, "filtered to nothing");
});

test("a run that ends keeps its place, and what is selected stays selected", async ({ page, service }) => {
  const job = await submitRun(page.request, "slow-in-the-list");
  await reached(page.request, job, "running");
  await page.goto("/ui/jobs?status=running&status=succeeded");
  const row = page.getByRole("row", { name: /slow-in-the-list/ });
  await expect(row).toContainText("Running");
  const chosen = page.getByRole("checkbox", { name: "Select support-tone-v2" });
  await chosen.check();
  const places = await placesOf(page);
  await page.evaluate(watchForShifts);

  await page.getByRole("navigation", { name: "Filters" }).getByRole("link", { name: /^Succeeded/ }).click();
  await expect(page).toHaveURL(/status=running$/);
  await expect(page.getByRole("region", { name: "Selected runs" })).toContainText("1 run selected");
  service.cue("slow-in-the-list");
  await expect(row).toContainText("Succeeded"); // though the filter shows what runs
  await expect(page.getByRole("row")).toHaveCount(2);

  await page.goBack();
  await expect(chosen).toBeChecked();
  await expect(row).toContainText("Succeeded");
  expect(await placesOf(page)).toEqual(places);
  expect(await page.evaluate(() => (window as Window & { shifted?: number }).shifted)).toBeLessThanOrEqual(0.05);
  await expectAccessible(page, "with a selection");
});

test("by keyboard alone: tags for several, then they are deleted after one question", async ({ page }) => {
  await page.goto("/ui/jobs?q=nightly-0019");
  for (const name of ["nightly-00190", "nightly-00191"]) {
    await tabTo(page, page.getByRole("checkbox", { name: `Select ${name}` }));
    await page.keyboard.press("Space");
  }
  await tabTo(page, page.getByRole("button", { name: "Tag", exact: true }));
  await page.keyboard.press("Enter");
  await page.keyboard.type("old,");
  await expect(page.getByRole("link", { name: "old", exact: true })).toHaveCount(2);
  await tabTo(page, page.getByRole("button", { name: "Delete 2" }));
  await page.keyboard.press("Enter");
  await expectAccessible(page, "asked");
  await tabTo(page, page.getByRole("alertdialog").getByRole("button", { name: "Delete" }));
  await page.keyboard.press("Enter");
  await expect(page.getByText("2 runs deleted")).toBeVisible();
  await expect(page.getByRole("row", { name: /nightly-00190/ })).toHaveCount(0);
});

test("a sweep is found by its tag and compared with one click; the link shows the same elsewhere", async ({ page }) => {
  await page.goto("/ui/jobs");
  await page.getByRole("navigation", { name: "Filters" }).getByRole("link", { name: /^Sweep learning-rate/ }).click();
  await page.getByRole("link", { name: "Compare the runs of learning-rate" }).click();
  await expect(page).toHaveURL(/\/jobs\/compare\?ids=/);
  const differing = page.getByRole("group", { name: "Settings that differ" });
  await expect(differing.getByRole("row")).toHaveCount(2); // the runs, and the learning rate
  await expect(differing.getByRole("row", { name: /Learning rate/ })).toContainText("1e-4");
  const results = page.getByRole("group", { name: "What came of the runs" });
  await expect(results.getByRole("row", { name: /Evaluation loss/ }).getByRole("cell", { name: /best$/ })).toHaveCount(1);
  await expect(page.getByRole("img", { name: /^Training loss of A physics-lr/ })).toBeVisible();
  await page.getByRole("checkbox", { name: "Log scale" }).check();
  await expect(page).toHaveURL(/log=1/);
  await expectAccessible(page);

  const copy = await page.context().newPage();
  await copy.goto(page.url());
  await expect(copy.getByRole("checkbox", { name: "Log scale" })).toBeChecked();
  await expect(copy.getByRole("group", { name: "Settings that differ" }).getByRole("row")).toHaveCount(2);
  await copy.close();
});

/** Where each row begins, from the top of the first. */
async function placesOf(page: Page): Promise<number[]> {
  const boxes = await Promise.all((await page.getByRole("row").all()).slice(0, 20).map((row) => row.boundingBox()));
  const first = boxes[0]?.y ?? 0;
  return boxes.map((box) => Math.round((box?.y ?? 0) - first));
}

/** Adds up what moves without anybody having moved it. */
function watchForShifts(): void {
  const seen = window as Window & { shifted?: number };
  seen.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]) {
      if (!entry.hadRecentInput) seen.shifted = (seen.shifted ?? 0) + entry.value;
    }
  }).observe({ type: "layout-shift" });
}
