import { writeFileSync } from "node:fs";
import { join } from "node:path";

import type { APIRequestContext, Page } from "@playwright/test";

import { expect, succeeded, test } from "./kit";

const stamp = Date.now();
/** Answers of two models to the same questions, made up: `good` knows all but one, `poor` knows two. */
const QUESTIONS = ["force", "energy", "power", "pressure", "voltage", "charge", "frequency", "capacitance"];
const UNITS = ["newton", "joule", "watt", "pascal", "volt", "coulomb", "hertz", "farad"];
const FILES = { good: `e2e-good-${stamp}.json`, poor: `e2e-poor-${stamp}.json` };

const knows = { good: (index: number) => index !== 3, poor: (index: number) => index < 2 };

function answersOf(model: "good" | "poor"): object[] {
  return QUESTIONS.map((quantity, index) => ({
    id: String(index),
    input: `What is the SI unit of ${quantity}?`,
    reference: UNITS[index],
    prediction: knows[model](index) ? UNITS[index] : `It is hard to say for ${quantity}, number ${index}.`,
    model,
  }));
}

test.beforeAll(({ service }) => {
  for (const model of ["good", "poor"] as const) writeFileSync(join(service.folder, "predictions", FILES[model]), JSON.stringify(answersOf(model)));
});

async function evaluated(request: APIRequestContext, tag: string, params: object): Promise<void> {
  const response = await request.post("/evaluate", { data: { tag, ...params } });
  expect(response.status(), await response.text()).toBe(202);
  await succeeded(request, ((await response.json()) as { job_id: string }).job_id);
}

async function setUp(page: Page, tag: string): Promise<void> {
  await expect(page.getByRole("textbox", { name: "Predictions" })).toHaveValue(FILES.good);
  await page.getByRole("textbox", { name: "Baseline" }).fill(FILES.poor);
  await page.getByRole("textbox", { name: "Tag" }).fill(tag);
  await page.getByRole("button", { name: /^Advanced/ }).click();
  await page.getByText("Mock", { exact: true }).click();
  await page.getByRole("combobox", { name: "Mode" }).selectOption("single");
}

test("two files of answers are judged, looked through item by item, and found in the leaderboard", async ({ page, request }) => {
  const tag = `judged-${stamp}`;
  await page.goto("/ui/evaluate");
  await expect(page.getByRole("button", { name: "Choose a model" })).toBeVisible({ timeout: 30_000 });
  await page.goto(`/ui/evaluate?predictions=${FILES.good}`);
  await setUp(page, tag);
  await expect(page.getByText("8 items, mode single", { exact: false })).toBeVisible();
  await expect(page.getByRole("region", { name: "Command for a terminal" })).toContainText("--mode single");
  await page.getByRole("button", { name: "Start the evaluation" }).click();

  await expect(page).toHaveURL(/\/ui\/jobs\/[0-9a-z-]+$/);
  await expect(page.getByText(/\d+ requests/).first()).toBeVisible({ timeout: 120_000 });
  await page.getByRole("link", { name: "Open the evaluation" }).click({ timeout: 120_000 });

  await expect(page.getByRole("heading", { level: 1, name: tag })).toBeVisible();
  await expect(page.getByText("These scores are made up")).toBeVisible();
  await expect(page.getByRole("region", { name: "Scores of the models" }).getByRole("img", { name: /^Overall score of good: \d+\.\d\d, / })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Health of the judge" })).toBeVisible();
  const items = page.getByRole("region", { name: "Items of the run" });
  await expect(items.getByRole("row")).toHaveCount(9);
  await items.getByRole("button", { name: "Score" }).click();
  await expect(items.getByRole("columnheader", { name: "Score" })).toHaveAttribute("aria-sort", "ascending");
  const lowest = items.getByRole("row").nth(1).getByRole("button");
  await lowest.press("Enter");
  const dialog = page.getByRole("dialog", { name: /^Item \d/ });
  await expect(dialog.getByRole("region", { name: "Question" })).toContainText("What is the SI unit of");
  await expect(dialog.getByRole("region", { name: /^Answer of good/ })).toBeVisible();
  await expect(dialog.getByRole("region", { name: /^Answer of poor/ })).toBeVisible();
  await dialog.getByRole("button", { name: "Next" }).click();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(page).not.toHaveURL(/item=/);
  await page.getByRole("radio", { name: "Most changed" }).click();
  await expect(page).toHaveURL(/filter=changed/);
  await page.reload();
  await expect(page.getByRole("radio", { name: "Most changed" })).toBeChecked();

  const address = await page.getByRole("link", { name: /^Report/ }).getAttribute("href");
  const report = await request.get(address ?? "");
  expect(report.headers()["content-security-policy"]).toContain("sandbox");
  expect(await report.text()).toContain(tag);

  await page.getByRole("link", { name: "Leaderboard" }).click();
  await expect(page.getByRole("link", { name: tag })).toBeVisible();
});

test("two runs are compared item by item, and one is deleted", async ({ page, request }) => {
  const [before, after] = [`before-${stamp}`, `after-${stamp}`];
  await evaluated(request, before, { predictions: FILES.poor, mode: "reference" });
  await evaluated(request, after, { predictions: FILES.good, mode: "reference" });

  await page.goto("/ui/evaluations");
  await page.getByRole("checkbox", { name: `Compare ${after}` }).check();
  await page.getByRole("checkbox", { name: `Compare ${before}` }).check();
  await page.getByRole("button", { name: "Compare the two" }).click();
  await expect(page.getByText("good against poor")).toBeVisible();
  await expect(page.getByText("+62.5 points").first()).toBeVisible();
  await page.getByRole("radio", { name: "Better 5" }).check();
  await page.getByRole("region", { name: "Changes by item" }).getByRole("button").first().click();
  await expect(page.getByRole("dialog", { name: /^Item \d · \+100/ }).getByRole("region", { name: /^After, good/ })).toBeVisible();
  await page.keyboard.press("Escape");

  await page.getByRole("link", { name: before }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await expect(page).toHaveURL(/\/ui\/evaluations$/);
  await expect(page.getByRole("link", { name: after })).toBeVisible();
  await expect(page.getByRole("link", { name: before })).toBeHidden();
});
