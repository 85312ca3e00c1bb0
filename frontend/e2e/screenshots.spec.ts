import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";

import type { APIRequestContext, Page } from "@playwright/test";

import { expect, submitRun, test } from "./kit";
import { addressing, PAGES } from "./pages";

/** `npm run screenshots`: pictures of every page for the README and for whoever changes the look, in docs/screenshots. */
test.skip(process.env.SCREENSHOTS !== "1", "they are taken when asked for");
test.use({ holds: "project" });

const ROOT = resolve(import.meta.dirname, "../..");
const FOLDER = `${ROOT}/docs/screenshots`;
const LOOKS = [["light", 1360, 850], ["dark", 1360, 850], ["light", 390, 844], ["dark", 390, 844]] as const;
/** Where there is nothing to see, or what is seen is of this machine. */
const LEFT_OUT = new Set(["*", "login"]);

/** One run at work and two that wait for it. */
async function fillQueue(request: APIRequestContext): Promise<string> {
  const job = await submitRun(request, "support-tone-v3", { dataset_path: "support_tickets.jsonl", max_steps: 4000 });
  await submitRun(request, "contract-summaries-v2", { dataset_path: "contract_summaries.csv" });
  await submitRun(request, "physics-lr-8e-4", { learning_rate: 8e-4 });
  const step = async () => ((await (await request.get(`/jobs/${job}/status`)).json()) as { progress: { step: number } | null }).progress?.step ?? 0;
  await expect.poll(step, { timeout: 120_000 }).toBeGreaterThan(400);
  return job;
}

async function take(page: Page, address: string, name: string): Promise<void> {
  for (const [colorScheme, width, height] of LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    await page.goto(`/ui/${address}`);
    await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
    await expect(page.getByRole("status", { name: /^Loading/ })).toHaveCount(0);
    await page.waitForLoadState("networkidle").catch(() => undefined); // a page that asks again and again has no such time
    await page.screenshot({ path: `${FOLDER}/${name}-${colorScheme}-${width}.png` });
  }
}

test("every page", async ({ page }) => {
  test.setTimeout(900_000);
  mkdirSync(FOLDER, { recursive: true });
  const fill = await addressing(page.request);
  const live = await fillQueue(page.request);
  for (const [route, { address }] of Object.entries(PAGES)) {
    if (LEFT_OUT.has(route)) continue;
    const name = route === "index" ? "home" : route.replaceAll("/", "-").replace(/[:?]/g, "");
    await take(page, fill(address), name);
  }
  await take(page, `jobs/${live}`, "live-run");
  execFileSync(process.env.PYTHON ?? "python", ["-m", "tests.browser.pictures", FOLDER], { cwd: ROOT });
});
