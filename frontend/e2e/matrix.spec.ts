/// <reference lib="dom" />
import type { Page, Route } from "@playwright/test";

import { expect, expectAccessible, expectFocusSeen, expectNoSideScroll, forgive, test } from "./kit";
import { addressing, type PageOfList, PAGES, routesOfApp } from "./pages";
import { IS_CAMPAIGN, OwnService, tell } from "./service";

/**
 * Every page in every state and every look is for everybody. Each run of the tests looks at each page with its data and
 * in one further state, in one look each, so that every state and look comes up; CAMPAIGN=1 takes all of them.
 */
const LOOKS = [["light", 1360], ["dark", 390], ["dark", 1360], ["light", 390]] as const;
const STATES = ["loading", "empty", "error", "dialog", "mistake"] as const;
type State = (typeof STATES)[number] | "data";

test.use({ holds: "project" });

let nothing: OwnService;
test.beforeAll(async () => (nothing = await OwnService.withFakes("empty")));
test.afterAll(() => nothing.stop());

let looks = 0;
test.afterAll(() => tell("axe", { pages: looks, violations: 0 }));

/** What every page needs to be drawn at all. */
const ALWAYS = /\/(session|pulse|health)$/;

/** Does this with what a page asks for before it has anything to show. */
function whenAsked(page: Page, act: (route: Route) => Promise<void>): Promise<unknown> {
  return page.route("**/*", (route) => {
    const request = route.request();
    const isQuestion = ["fetch", "xhr"].includes(request.resourceType()) && !ALWAYS.test(new URL(request.url()).pathname);
    return isQuestion ? act(route) : route.fallback();
  });
}

const PROBLEM = { title: "Bad Request", status: 400, detail: "The disk does not answer.", code: "broken", request_id: "1" };

async function open(page: Page, { address, before }: PageOfList, state: State): Promise<void> {
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await before?.(page);
  if (state === "loading") await whenAsked(page, () => new Promise(() => undefined));
  if (state === "error") await whenAsked(page, (route) => route.fulfill({ status: 400, json: PROBLEM }));
  const fill = await addressing(page.request);
  await page.goto(state === "empty" ? `${nothing.url}/ui/${address.replace(/\{[^}]+\}/g, "none")}` : `/ui/${fill(address)}`);
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  if (state !== "loading") await expect(page.getByRole("status", { name: /^Loading/ })).toHaveCount(0);
}

/** Brings the page into the state; false where it has none such. */
async function bring(page: Page, one: PageOfList, state: State): Promise<boolean> {
  if (state === "mistake" && !one.mistake) return false;
  if (state === "dialog" && one.address === "login") return false;
  await open(page, one, state);
  if (state === "mistake") {
    await one.mistake?.(page);
    await expect(page.locator("[aria-invalid=true], [data-invalid]").first()).toBeVisible();
  }
  if (state === "dialog") {
    await (one.dialog?.(page) ?? page.keyboard.press("Control+k"));
    await expect(page.locator("dialog[open]")).toBeVisible();
  }
  return true;
}

test("every route is in the list", () => {
  expect(Object.keys(PAGES).sort()).toEqual(routesOfApp().sort());
});

for (const [number, [route, one]] of Object.entries(PAGES).entries()) {
  test(`/${route} is for everybody`, async ({ page, trouble }) => {
    const further = STATES[number % STATES.length] as State;
    const states: State[] = IS_CAMPAIGN ? ["data", ...STATES] : ["data", further];
    for (const [place, state] of states.entries()) {
      for (const [colorScheme, width] of IS_CAMPAIGN ? LOOKS : [LOOKS[(number + 3 * place) % LOOKS.length] ?? LOOKS[0]]) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        if (!(await bring(page, one, state))) continue;
        await expectAccessible(page, `${page.url()}: ${state}, ${colorScheme}, ${width} pixels`);
        looks += 1;
        // Nothing moves that need not, for those who asked for that.
        expect(await page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === "running").length)).toBe(0);
      }
      if (state !== "data") continue;
      await page.setViewportSize({ width: 375, height: 812 });
      await expectNoSideScroll(page, `${page.url()}, 375 pixels`);
      for (let pressed = 0; pressed < (IS_CAMPAIGN ? 40 : 6); pressed += 1) {
        await page.keyboard.press("Tab");
        await expectFocusSeen(page);
      }
    }
    forgive(trouble, /\b40[0-9]\b/); // what was held back, refused or is not there
  });
}
