/// <reference lib="dom" />
/**
 * What the flows stand on.
 *
 *     import { expect, test } from "./kit";
 *     test.use({ holds: "project" });            // "empty" (the default), "project", or a number of further jobs
 *                                                // recipes: "real" trains and answers with the built-in model
 *
 *     test("a run is stopped", async ({ page, service, trouble }) => {
 *       const job = await submitRun(page.request, "slow-one", {});   // the name says what the fake does:
 *       await page.goto(`/ui/jobs/${job}`);                          //   quick slow long talky messy diverging oom
 *       service.cue("slow-one");                                     //   truncated crash deaf (tests/browser/fake_train.py)
 *       await expectAccessible(page);
 *     });
 *
 * `service` is a real service on folders of its own, whose training, merging and answering are quick fakes that write
 * real files through the real jobs (`tests/browser`); judging and writing data run as they are, with `mock`. All specs
 * that ask for the same share one: give what you make a name of its own. `page` stands at its address. Every test
 * fails at its end when a console error, a failed request or a breach of the content policy came; one that brings
 * trouble about takes it out: `forgive(trouble, /503/)`.
 */
import { type APIRequestContext, expect, type Locator, type Page, test as base } from "@playwright/test";

import { violations } from "./axe";
import { type Holds, OwnService, type Recipes } from "./service";

export { expect };

interface WorkerFixtures {
  holds: Holds;
  recipes: Recipes;
  service: OwnService;
}

export const test = base.extend<{ trouble: string[] }, WorkerFixtures>({
  holds: ["empty", { option: true, scope: "worker" }],
  recipes: ["fake", { option: true, scope: "worker" }],
  service: [
    async ({ holds, recipes }, give) => {
      const service = await (recipes === "fake" ? OwnService.withFakes(holds) : OwnService.real(holds));
      await give(service);
      await service.stop();
    },
    { scope: "worker" },
  ],
  baseURL: ({ service }, give) => give(service.url),
  trouble: [
    async ({ page }, give) => {
      const trouble = await watchForTrouble(page);
      await give(trouble);
      expect(trouble).toEqual([]);
    },
    { auto: true },
  ],
});

/** A real run on the built-in model. On a small, busy machine making that model, once, and training it take minutes. */
export const TRAINING_MS = 480_000;

/** Everything that would tell of a defect, though the page looks right. */
export async function watchForTrouble(page: Page): Promise<string[]> {
  const trouble: string[] = [];
  page.on("console", (message) => message.type() === "error" && trouble.push(message.text()));
  page.on("pageerror", (error) => trouble.push(error.message));
  page.on("response", (response) => response.status() >= 400 && trouble.push(`${response.status()} ${response.url()}`));
  page.on("requestfailed", (request) => {
    // A page that is left gives up what it was waiting for, and so does an answer that is stopped.
    const reason = request.failure()?.errorText ?? "";
    if (reason !== "net::ERR_ABORTED") trouble.push(`${reason} ${request.url()}`);
  });
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => console.error(`content policy: ${violatedDirective} ${blockedURI}`));
  });
  return trouble;
}

/** Takes out what a test has brought about itself. */
export function forgive(trouble: string[], pattern: RegExp): void {
  trouble.splice(0, trouble.length, ...trouble.filter((told) => !pattern.test(told)));
}

/** Submits a run on the built-in model over HTTP; answers with the job's id. */
export async function submitRun(request: APIRequestContext, name: string, params: object = {}): Promise<string> {
  const body = { adapter_name: name, dataset_path: "physics_qa.json", base_model_name: "tiny", ...params };
  const response = await request.post("/train", { data: body });
  expect(response.status(), await response.text()).toBe(202);
  return ((await response.json()) as { job_id: string }).job_id;
}

/** Waits until a job is in this state. */
export async function reached(request: APIRequestContext, job: string, status: string): Promise<void> {
  const now = async () => ((await (await request.get(`/jobs/${job}/status`)).json()) as { status: string }).status;
  await expect.poll(now, { timeout: TRAINING_MS, intervals: [100, 200, 500] }).toBe(status);
}

/** Waits until a job has succeeded. */
export function succeeded(request: APIRequestContext, job: string): Promise<void> {
  return reached(request, job, "succeeded");
}

/** The page as it stands: nothing that axe finds, nothing that sticks out to the right. */
export async function expectAccessible(page: Page, state = page.url()): Promise<void> {
  expect(await violations(page), state).toEqual([]);
  await expectNoSideScroll(page, state);
}

/** The page is no wider than the window. */
export async function expectNoSideScroll(page: Page, state = page.url()): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), state).toBeLessThanOrEqual(0);
}

/** Goes on with Tab until the element has the focus, which must be seen; fails when it is not reached. */
export async function tabTo(page: Page, target: Locator, most = 120): Promise<void> {
  await target.waitFor();
  for (let pressed = 0; pressed < most; pressed += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return expectFocusSeen(page);
    await page.keyboard.press("Tab");
  }
  throw new Error(`${String(target)} was not reached with ${most} Tabs.`);
}

/** Whatever has the focus shows it: by a line around it, a shadow, or through the label that stands for it. */
export async function expectFocusSeen(page: Page): Promise<void> {
  const seen = await page.evaluate(() => {
    const focused = document.activeElement;
    if (!focused || focused === document.body) return true; // with the browser itself, between two rounds
    const shows = (element: Element) => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
      return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
    };
    // A control that is drawn by its label, such as a switch, is followed by what draws it.
    return [focused, focused.nextElementSibling, focused.parentElement].some((element) => element !== null && shows(element));
  });
  const what = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200) ?? "");
  expect(seen, `the focus is not seen: ${what}`).toBe(true);
}

/** Has the page believe that nobody looks at it, or that somebody does again. */
export function setHidden(page: Page, hidden: boolean): Promise<void> {
  return page.evaluate((value) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => (value ? "hidden" : "visible") });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}

/**
 * How many requests the page makes in so many of its seconds. Call `page.clock.install()` before the page is opened: its
 * clock is then put forward step by step, each answer awaited, so that a minute takes a second or two.
 */
export async function requestsWithin(page: Page, seconds: number): Promise<string[]> {
  const asked: string[] = [];
  let open = 0;
  const begun = (request: { url(): string }) => {
    asked.push(request.url());
    open += 1;
  };
  const ended = () => void (open -= 1);
  page.on("request", begun).on("requestfinished", ended).on("requestfailed", ended);
  for (let second = 0; second < seconds; second += 1) {
    await page.clock.runFor(1000);
    await expect.poll(() => open, { intervals: [5, 10, 20, 50] }).toBeLessThanOrEqual(0);
  }
  page.off("request", begun).off("requestfinished", ended).off("requestfailed", ended);
  return asked;
}
