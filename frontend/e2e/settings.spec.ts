/// <reference lib="dom" />
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { type Page } from "@playwright/test";

import { expectReadable } from "./axe";
import { expect, expectAccessible, forgive, tabTo, test } from "./kit";

const KEY = "sk-canary-of-the-browser-0042";
const SECOND = "sk-second-of-the-browser-0043";

/** Everything that came back, and everything that a script of the page could read. */
function watchForSecrets(page: Page): () => Promise<string> {
  const bodies: string[] = [];
  page.on("response", (response) => {
    bodies.push(response.url(), JSON.stringify(response.headers()));
    void response.text().then((text) => bodies.push(text), () => undefined);
  });
  return async () => {
    const told = await page.evaluate(() => [document.documentElement.outerHTML, JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }), document.cookie, location.href, document.title].join("\n"));
    const databases = await page.evaluate(async () => JSON.stringify(await indexedDB.databases()));
    return [...bodies, told, databases].join("\n");
  };
}

test("settings are changed, refused at the field, taken back, and say what counts only after a restart", async ({ page, service, trouble }) => {
  await page.goto("/ui/settings");
  await expect(page.getByText("Set in the environment, which goes first").first()).toBeVisible(); // the port of this very service
  await page.getByRole("textbox", { name: "Allowed hosts" }).fill("127.0.0.1, box.test");
  await page.getByRole("link", { name: "Language model service" }).click();
  await page.getByRole("textbox", { name: "OpenAI API base" }).fill("http://169.254.169.254/v1");
  await page.getByRole("link", { name: "Training" }).click();
  await page.getByRole("button", { name: /^LoRA/ }).click();
  await page.getByRole("textbox", { name: "LoRA r" }).fill("8");
  await page.getByRole("button", { name: "Save all" }).click();
  await expect(page.getByText("This address is reserved for the network itself")).toBeVisible();
  await expect(page.getByRole("textbox", { name: "OpenAI API base" })).toBeFocused();
  await expectAccessible(page, "a refused setting");
  forgive(trouble, /422/);
  await page.getByRole("textbox", { name: "OpenAI API base" }).fill("");
  await page.getByRole("button", { name: "2 changes" }).click();
  await expect(page.getByText("Allowed hosts: 127.0.0.1, localhost, [::1] → 127.0.0.1, box.test")).toBeVisible();
  await page.getByRole("button", { name: "Save all" }).click();
  await expect(page.getByText("2 settings saved")).toBeVisible();
  const file = join(service.folder, ".env");
  expect(readFileSync(file, "utf8")).toContain("LORA_R=8");
  await page.getByRole("link", { name: "Address and access" }).click();
  await expect(page.getByText("saved, counts once the service is started anew")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("Taken back")).toBeVisible();
  await expect(page.getByText("saved, counts once the service is started anew")).toHaveCount(0);
  expect(readFileSync(file, "utf8")).not.toContain("LORA_R=8");
});

test("a key is set, replaced, tried and removed, and is nowhere to be read", async ({ page, service }) => {
  const everything = watchForSecrets(page);
  await page.goto("/ui/settings/language-model-service");
  await page.getByRole("button", { name: "Set OpenAI API key" }).click();
  await page.getByLabel("OpenAI API key", { exact: true }).fill(` OPENAI_API_KEY="${KEY}" `);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Set, ends in …0042")).toBeVisible();
  const file = join(service.folder, ".env");
  expect(readFileSync(file, "utf8")).toContain(`OPENAI_API_KEY=${KEY}\n`);
  expect(await everything()).not.toContain(KEY);

  await page.getByRole("button", { name: "Replace OpenAI API key" }).click();
  await page.getByLabel("OpenAI API key", { exact: true }).fill(SECOND);
  await page.getByRole("textbox", { name: "OpenAI API base" }).fill(`${service.url}/v1`); // a service that speaks OpenAI's language
  await page.getByRole("button", { name: "Test connection: The language model service" }).click();
  await expect(page.getByText(/127\.0\.0\.1 answers and has \d+ model/)).toBeVisible();
  await expectAccessible(page, "a tried connection");
  await page.reload(); // what was typed was in memory alone
  await expect(page.getByText("Set, ends in …0042")).toBeVisible();

  await page.getByRole("button", { name: "Remove OpenAI API key" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("button", { name: "Set OpenAI API key" })).toBeVisible();
  expect(readFileSync(file, "utf8")).not.toContain(KEY);
  expect(await everything()).not.toContain(KEY);
  expect(await everything()).not.toContain(SECOND);
});

test("a stored key goes to no new address", async ({ page, request, trouble }) => {
  await request.put("/settings", { data: { OPENAI_API_KEY: KEY } });
  await page.goto("/ui/settings/language-model-service");
  await page.getByRole("textbox", { name: "OpenAI API base" }).fill("http://127.0.0.1:9/v1");
  await page.getByRole("button", { name: "Test connection: The language model service" }).click();
  await expect(page.getByText("would be sent to another address").first()).toBeVisible();
  forgive(trouble, /422/);
  await page.getByRole("button", { name: "Discard" }).click();
  await request.put("/settings", { data: { OPENAI_API_KEY: null } });
});

test("settings by keyboard: search, change, save", async ({ page }) => {
  await page.goto("/ui/settings/about");
  await expect(page.getByText("Apache-2.0").first()).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type("judges answers");
  await expect(page).toHaveURL(/q=judges/);
  await tabTo(page, page.getByRole("textbox", { name: "Eval model" }));
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("my-judge");
  await page.keyboard.press("ControlOrMeta+s");
  await expect(page.getByText("1 setting saved")).toBeVisible();
  await tabTo(page, page.getByRole("button", { name: "Eval model is changed: back to the default" }));
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("button", { name: "Save", exact: true }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Eval model is changed: back to the default" })).toHaveCount(0);
  for (const part of ["", "/training", "/browser", "/about", "/nothing"]) {
    await page.goto(`/ui/settings${part}`);
    await expectReadable(page);
  }
});
