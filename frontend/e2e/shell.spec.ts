/// <reference lib="dom" />
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Page } from "@playwright/test";

import { expect, expectAccessible, forgive, requestsWithin, setHidden, submitRun, succeeded, tabTo, test as kit } from "./kit";
import { OwnService } from "./service";

/** What is around every page: the first visit, a service that goes and comes back, tabs that nobody looks at. */

/** A service of these tests' own: the first of them needs it empty, others kill it. */
const test = kit.extend<object, { service: OwnService }>({
  service: [
    async ({ holds }, give) => {
      const service = await OwnService.withFakes(holds);
      await give(service);
      await service.stop();
    },
    { scope: "worker" },
  ],
});

const messages = (page: Page) => page.getByRole("status", { name: "Messages" });
const favicon = (page: Page) => page.locator("link[rel=icon]").getAttribute("href");
const lost = (page: Page) => page.getByText(/^Lost contact with the service/);

/** Notes what the system would have shown, in place of showing it. */
async function noteNotifications(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const shown: string[] = [];
    const note = Object.assign(
      function (title: string) {
        shown.push(title);
      },
      { permission: "granted", requestPermission: () => Promise.resolve("granted") },
    );
    Object.assign(window, { Notification: note, shown });
  });
  return () => page.evaluate(() => (window as unknown as { shown: string[] }).shown);
}

test("with the keyboard alone: from the first visit through the sample run to its end", async ({ page, service }) => {
  writeFileSync(join(service.folder, "plays.json"), JSON.stringify({ physics: "slow" }));
  const shown = await noteNotifications(page);
  await page.goto("/ui/");
  await expect(page.getByRole("heading", { name: "Your first run" })).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: "physics_qa.json" })).toContainText("done");
  await expectAccessible(page);

  await tabTo(page, page.getByRole("button", { name: "Notify me when a run ends" }));
  await page.keyboard.press("Enter");
  await expect(messages(page)).toContainText("You will be notified");
  await tabTo(page, page.getByRole("button", { name: "Start the sample run" }));
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/ui\/jobs\/[0-9a-z-]+$/);
  await expect(page.getByRole("img", { name: /^Loss over \d+ steps/ })).toBeVisible();
  const curve = () => page.locator("canvas").first().evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const drawn = await curve();
  await expect.poll(curve).not.toBe(drawn);

  await page.keyboard.press("g");
  await page.keyboard.press("h");
  const running = page.getByRole("region", { name: "Running" });
  await expect(running).toContainText(/step \d+ of 1,000/);
  await expect(page).toHaveTitle(/^\d+ % · Home/);
  expect(await favicon(page)).toContain("data:image/svg+xml");
  await expectAccessible(page);

  service.cue("physics");
  await expect(messages(page)).toContainText("physics has finished");
  await expect(page).toHaveTitle(/^✓ physics · Home/);
  expect(await shown()).toEqual(["physics has finished"]);
  await tabTo(page, page.getByRole("link", { name: "Try it" }));
  await expectAccessible(page);
});

test("everything is gone to and done by a few letters, and the keys are listed", async ({ page, service }) => {
  const job = await submitRun(page.request, "slow-palette");
  await page.goto("/ui/train");
  await expect(page.getByRole("heading", { level: 1, name: "Train" })).toBeVisible();
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox", { name: /^Page, run/ });
  await expect(field).toBeFocused();
  await expectAccessible(page);
  await page.keyboard.type("leader");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/ui\/evaluations$/);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("stop slow-pal");
  await expect(page.getByRole("option", { selected: true })).toHaveText(/^Stop slow-palette/);
  await page.keyboard.press("Enter");
  await expect(messages(page)).toContainText("slow-palette is being stopped.");
  await expect.poll(async () => ((await (await page.request.get(`/jobs/${job}/status`)).json()) as { status: string }).status).toBe("cancelled");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toContainText("Go to Jobs");
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  service.cue("slow-palette");
});

test("on a narrow screen every page is in reach of the thumb, in either colour mode", async ({ page }) => {
  await page.setViewportSize({ width: 375, height: 720 });
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.goto("/ui/");
    await expect(page.getByRole("region", { name: "Machine" })).toBeVisible();
    await expectAccessible(page);
    await page.getByRole("button", { name: "More" }).click();
    const sheet = page.getByRole("dialog", { name: "More pages" });
    await expect(sheet.getByRole("link", { name: "Settings" })).toBeVisible();
    await expectAccessible(page);
    await sheet.getByRole("link", { name: "Merge" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Merge" })).toBeVisible();
    await expect(sheet).toBeHidden();
  }
});

test("a service that is killed and comes back is found again without a reload", async ({ page, service, trouble }) => {
  await submitRun(page.request, "slow-killed");
  await page.goto("/ui/");
  const stop = page.getByRole("button", { name: "Stop slow-killed" });
  await expect(stop).toBeEnabled();
  await page.evaluate(() => Object.assign(window, { isTheSame: true }));
  await service.end("SIGKILL");
  await expect(lost(page)).toBeVisible();
  await expect(page.getByText(/^Next try in \d+ s\.$/)).toBeVisible();
  await expect(stop).toBeDisabled();
  await expectAccessible(page);
  await service.run();
  await expect(lost(page)).toBeHidden();
  await expect(messages(page)).toContainText("slow-killed was interrupted");
  await expect(page.getByRole("region", { name: "Recent runs" })).toContainText("slow-killed");
  expect(await page.evaluate(() => "isTheSame" in window)).toBe(true);
  forgive(trouble, /net::ERR_(CONNECTION|EMPTY|SOCKET)/);
});

test("a slow service is never asked twice at once, and the page goes on meanwhile", async ({ page }) => {
  await page.clock.install();
  let asked = 0;
  let answer = () => {};
  await page.route("**/pulse", async (route) => {
    asked += 1;
    if (asked === 2) await new Promise<void>((done) => (answer = done));
    await route.continue();
  });
  await page.goto("/ui/");
  await expect(page.getByRole("region", { name: "Machine" })).toBeVisible();
  await page.clock.runFor(10_000);
  await expect.poll(() => asked).toBe(2);
  await page.clock.runFor(8000);
  expect(asked).toBe(2);
  await page.getByRole("link", { name: "Train", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Train" })).toBeVisible();
  answer();
  await page.clock.runFor(1000);
  await expect(lost(page)).toBeHidden();
});

test("an idle page asks once in five seconds at most, one that nobody sees once in fifteen, and both catch up", async ({ page }) => {
  await page.clock.install();
  await page.goto("/ui/");
  await expect(page.getByRole("region", { name: "Machine" })).toBeVisible();
  expect((await requestsWithin(page, 60)).length).toBeLessThanOrEqual(12);
  await setHidden(page, true);
  expect((await requestsWithin(page, 60)).length).toBeLessThanOrEqual(4);
  const asked = page.waitForRequest(/\/pulse$/);
  await setHidden(page, false);
  await page.clock.runFor(1);
  await asked;
});

test("a tab from before an upgrade loads itself again once, turns in no circle, and says that a new version is there", async ({ page, trouble }) => {
  let loads = 0;
  page.on("load", () => (loads += 1));
  const chunk = /\/assets\/JobsPage-.*\.js$/;
  await page.route(chunk, (route) => route.fulfill({ status: 404, body: "" }));
  await page.goto("/ui/");
  await page.getByRole("link", { name: "Jobs", exact: true }).click();
  await expect.poll(() => loads).toBe(2);
  await expect(page.getByText("This page broke")).toBeVisible();
  expect(loads).toBe(2);
  await page.unroute(chunk);
  await page.getByRole("button", { name: "Load it again" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Jobs" })).toBeVisible();

  await page.route("**/pulse", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), version: "99.0.0" } });
  });
  await setHidden(page, false); // looks at once
  await expect(page.getByText("A new version is ready")).toBeVisible();
  await expectAccessible(page);
  forgive(trouble, /JobsPage-|status of 404/);
});

test("two tabs notify once, a clock that is wrong by an hour changes no time, and a lost network comes back", async ({ page, context, service, trouble }) => {
  const shown = await noteNotifications(page);
  await page.goto("/ui/");
  await page.evaluate(() => localStorage.setItem("end-notices", "true"));
  await page.reload();
  const other = await context.newPage();
  await other.clock.install({ time: Date.now() - 3_600_000 });
  const shownThere = await noteNotifications(other);
  await other.goto("/ui/");
  const job = await submitRun(page.request, "slow-twice");
  for (const tab of [page, other]) {
    await setHidden(tab, false);
    await other.clock.runFor(11_000);
    await expect(tab.getByRole("region", { name: "Running" })).toContainText("slow-twice");
  }
  await expect(other.getByRole("region", { name: "Running" })).not.toContainText(/\d h/);
  service.cue("slow-twice");
  await succeeded(page.request, job);
  for (const tab of [page, other]) {
    await other.clock.runFor(3000);
    await expect(messages(tab)).toContainText("slow-twice has finished");
  }
  expect([...(await shown()), ...(await shownThere())]).toEqual(["slow-twice has finished"]);

  await context.setOffline(true);
  await expect(lost(page)).toBeVisible();
  await context.setOffline(false);
  await expect(lost(page)).toBeHidden();
  forgive(trouble, /ERR_INTERNET_DISCONNECTED/);
});
