/// <reference lib="dom" />
import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";

import { expectReadable } from "./axe";
import { expect, expectAccessible, submitRun, succeeded, tabTo, test } from "./kit";

test.use({ holds: "project" });

test("an adapter is tried, evaluated and merged from its row, and its files are missed when they are gone", async ({ page, service }) => {
  await succeeded(page.request, await submitRun(page.request, "quick-menu"));
  await page.goto("/ui/adapters?q=quick-menu");
  const choose = async (name: string) => {
    await page.getByRole("button", { name: "Actions for quick-menu" }).click();
    await page.getByRole("menuitem", { name }).click();
  };
  await choose("Try in the playground");
  await expect(page).toHaveURL(/playground\?model=quick-menu/);
  await page.goBack();
  await choose("Evaluate");
  await expect(page.getByText("quick-menu").first()).toBeVisible();
  await expect(page).toHaveURL(/evaluate\?model=tiny&model=quick-menu/);
  await page.goBack();
  await choose("Merge with…");
  await expect(page).toHaveURL(/merge\?adapter=quick-menu/);
  await page.goBack();
  await page.getByRole("button", { name: "Actions for quick-menu" }).click();
  await expectAccessible(page, "an open menu");
  await page.keyboard.press("Escape");

  const folder = join(service.folder, "models/quick-menu");
  renameSync(folder, `${folder}-aside`);
  await page.reload();
  await expect(page.getByText("files missing")).toBeVisible();
  await page.getByRole("link", { name: "quick-menu" }).click();
  await expect(page.getByText("Its files are missing")).toBeVisible();
  await expect(page.getByRole("link", { name: "Use in playground" })).toHaveCount(0);
  await expectAccessible(page, "missing files");
  renameSync(`${folder}-aside`, folder);
});

test("by keyboard alone: an adapter is renamed, downloaded and deleted", async ({ page }) => {
  await succeeded(page.request, await submitRun(page.request, "quick-old"));
  await page.goto("/ui/adapters?q=quick-");
  const choose = async (adapter: string, item: RegExp) => {
    await tabTo(page, page.getByRole("button", { name: `Actions for ${adapter}`, exact: true }));
    await page.keyboard.press("Enter");
    const wanted = page.getByRole("menuitem", { name: item });
    for (let pressed = 0; pressed < 10 && !(await wanted.evaluate((element) => element === document.activeElement)); pressed += 1) {
      await page.keyboard.press("ArrowDown");
    }
    await expect(wanted).toBeFocused();
    await page.keyboard.press("Enter");
  };
  await choose("quick-old", /^Rename/);
  await expect(page.getByRole("dialog", { name: "Rename quick-old" })).toBeVisible();
  await tabTo(page, page.getByRole("textbox", { name: "Name" }));
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("quick-new");
  await expectAccessible(page, "renaming");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("link", { name: "quick-new" })).toBeVisible();

  const download = page.waitForEvent("download");
  await choose("quick-new", /^Download$/);
  expect((await download).suggestedFilename()).toBe("quick-new.zip");
  expect(readFileSync(await (await download).path()).subarray(0, 2).toString()).toBe("PK");

  await choose("quick-new", /^Delete/);
  const question = page.getByRole("alertdialog", { name: "Delete quick-new?" });
  await expect(question).toContainText("become free");
  await tabTo(page, question.getByRole("button", { name: "Delete" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("link", { name: "quick-new" })).toHaveCount(0);
});

test("the pages of adapters are readable", async ({ page }) => {
  const { adapters } = (await (await page.request.get("/adapters")).json()) as { adapters: { name: string; merged_from?: unknown }[] };
  const merged = adapters.find(({ merged_from: parents }) => parents) ?? adapters[0];
  for (const path of ["/adapters", "/adapters?q=nothing-such", `/adapters/${merged?.name}`]) {
    await page.goto(`/ui${path}`);
    await expectReadable(page);
  }
});
