/**
 * What a run's page costs while it lives: CAMPAIGN=1 scripts/test_browser.sh live
 *
 * 50,000 points with 20 more a second, and 100,000 lines with 500 more a second. The figures stand in
 * docs/benchmarks.md; HEAP_MINUTES (30) is how long memory is watched.
 */
import { type CDPSession, type Page } from "@playwright/test";

import { expect, submitRun, test } from "./kit";
import { IS_CAMPAIGN, tell } from "./service";

const SECONDS = 10;
const HEAP_MINUTES = Number(process.env.HEAP_MINUTES ?? 30);
const MB = 1024 * 1024;

test.skip(!IS_CAMPAIGN, "figures, not behaviour: for the campaign");
test.setTimeout((HEAP_MINUTES + 10) * 60_000);

interface Smoothness {
  fps: number;
  p99_frame_ms: number;
  longest_task_ms: number;
}

/** How smoothly the page runs for some seconds, while each frame does this to an element. */
function smoothness(page: Page, scrolls: boolean): Promise<Smoothness> {
  return page.evaluate(
    async ({ seconds, scrolls }) => {
      const tasks: number[] = [];
      const watcher = new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration)));
      watcher.observe({ type: "longtask" });
      const log = document.querySelector<HTMLElement>("[role=log]");
      const frames: number[] = [];
      const begun = performance.now();
      let before = begun;
      let down = false;
      while (before - begun < seconds * 1000) {
        const now = await new Promise<number>((done) => requestAnimationFrame(done));
        frames.push(now - before);
        before = now;
        if (!scrolls || !log) continue;
        const at = log.scrollTop + (down ? 900 : -900);
        if (at <= 0 || at >= log.scrollHeight - log.clientHeight) down = !down;
        log.scrollTop = at;
      }
      watcher.disconnect();
      frames.sort((a, b) => a - b);
      const round = (value: number) => Math.round(value * 10) / 10;
      return {
        fps: round((1000 * frames.length) / (before - begun)),
        p99_frame_ms: round(frames[Math.floor(frames.length * 0.99)] ?? 0),
        longest_task_ms: Math.round(Math.max(0, ...tasks)),
      };
    },
    { seconds: SECONDS, scrolls },
  );
}

async function heapMb(devtools: CDPSession): Promise<number> {
  await devtools.send("HeapProfiler.collectGarbage");
  return Math.round(((await devtools.send("Runtime.getHeapUsage")).usedSize / MB) * 10) / 10;
}

/** Memory over some minutes: at the beginning, in the middle, at the end. */
async function heapOver(page: Page, devtools: CDPSession, minutes: number): Promise<number[]> {
  const heap = [await heapMb(devtools)];
  for (let part = 0; part < 4; part += 1) {
    await page.waitForTimeout((minutes * 60_000) / 4);
    heap.push(await heapMb(devtools));
  }
  return heap;
}

async function stepOf(page: Page, job: string): Promise<number> {
  return ((await (await page.request.get(`/jobs/${job}/status`)).json()) as { progress: { step: number } }).progress.step;
}

/** Scripts of the page in the profile of some seconds, in milliseconds for each of its ticks. */
async function scriptMs(page: Page, devtools: CDPSession): Promise<number> {
  const taken = async () => {
    const { metrics } = await devtools.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "ScriptDuration")?.value ?? 0;
  };
  await devtools.send("Performance.enable");
  let ticks = 0;
  page.on("requestfinished", (request) => void (ticks += Number(request.url().includes("/tick"))));
  const before = await taken();
  await page.waitForTimeout(SECONDS * 1000);
  return Math.round((1000 * ((await taken()) - before)) / Math.max(1, ticks));
}

test("curves of fifty thousand points grow by twenty a second", async ({ page, service }) => {
  const job = await submitRun(page.request, "long-live");
  await expect.poll(() => stepOf(page, job), { timeout: 120_000 }).toBeGreaterThan(50_000);
  const devtools = await page.context().newCDPSession(page);
  await page.goto(`/ui/jobs/${job}`);
  await expect(page.getByText(/^train\d/)).toBeVisible();
  tell("curves", {
    ...(await smoothness(page, false)),
    script_ms_a_tick: await scriptMs(page, devtools),
    heap_mb: await heapOver(page, devtools, HEAP_MINUTES / 3),
  });
  service.cue("long-live");
});

test("a log of a hundred thousand lines grows by five hundred a second", async ({ page, service }) => {
  const job = await submitRun(page.request, "talky-live");
  const devtools = await page.context().newCDPSession(page);
  await page.goto(`/ui/jobs/${job}/log#L1`); // has all of it read
  const first = page.getByRole("log").getByRole("link", { name: "Line 1", exact: true });
  await expect(first).toBeVisible({ timeout: 120_000 });
  const scrolling = await smoothness(page, true);
  await page.getByRole("button", { name: /^Follow/ }).click();
  const following = await smoothness(page, false);
  tell("log", { following, scrolling, script_ms_a_tick: await scriptMs(page, devtools), heap_mb: await heapOver(page, devtools, HEAP_MINUTES) });
  service.cue("talky-live");
});

test("the first screen does not jump", async ({ page, service }) => {
  const job = await submitRun(page.request, "long-shift");
  await expect.poll(() => stepOf(page, job), { timeout: 120_000 }).toBeGreaterThan(50_000);
  await page.addInitScript(() => {
    const shifts = { sum: 0, paint: 0 };
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.sum += (entry as unknown as { value: number }).value;
    }).observe({ type: "layout-shift", buffered: true });
    new PerformanceObserver((list) => (shifts.paint = list.getEntries().at(-1)?.startTime ?? 0)).observe({ type: "largest-contentful-paint", buffered: true });
  });
  await page.goto(`/ui/jobs/${job}`);
  await expect(page.getByText(/^train\d/)).toBeVisible();
  await page.waitForTimeout(3000);
  tell("first screen", await page.evaluate(() => (window as unknown as { shifts: object }).shifts));
  service.cue("long-shift");
});
