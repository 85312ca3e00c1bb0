/// <reference lib="dom" />
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { type APIResponse, type BrowserContext, expect, type Page, test } from "@playwright/test";

import { IS_CAMPAIGN, OwnService, printedBy, tell } from "./service";

/**
 * S11: whatever a name, a log line, an error, a record or an answer holds, it stays text. First with a service that has
 * stored the payloads itself, then with every text of every answer replaced on its way to the page.
 */
const PAYLOADS = JSON.parse(printedBy("tests.security.payloads")) as string[];
const ROUNDS = IS_CAMPAIGN ? 6 : 1;
const JOBS = [0, 1, 2, 3, 4, 5].map((place) => `/ui/jobs/hostile-${place}`);
const RUN = "run_20260101_000000_hostile";
const PAGES = [
  "/ui/jobs",
  ...JOBS,
  "/ui/adapters",
  "/ui/adapters/hostile-0",
  "/ui/train?dataset=hostile.json",
  "/ui/train?from=hostile-0",
  "/ui/merge",
  "/ui/generate",
  "/ui/evaluate",
  "/ui/evaluations",
  `/ui/evaluations/${RUN}`,
  "/ui/playground?model=tiny",
  "/ui/no-such-page",
];
/** What the pages and the addresses in them are made of; everything else in an answer is text for people. */
const STRUCTURE = new Set(["job_id", "id", "run", "kind", "type", "server_id", "enum", "pattern", "path", "default", "fields", "x-widget", "x-when"]);
const NAMES = new Set(["name", "model"]);
/** Words of closed sets, as the API's own description lists them. */
const WORDS = new Set(readFileSync(join(import.meta.dirname, "../openapi.json"), "utf8").match(/(?<="(?:const|enum)": (?:\[[^\]]*)?)"[^"]*"/g)?.map((word) => JSON.parse(word) as string));
const TIME = /^\d{4}-\d\d-\d\dT/;

let service: OwnService;
test.beforeAll(async () => (service = await OwnService.start()));
test.afterAll(() => service.stop());

interface Harm {
  dialogs: string[];
  outside: string[];
  violations: string[];
  errors: string[];
}

/** Notes everything that a payload may bring about, from the page's first line on. */
async function watched(context: BrowserContext): Promise<{ page: Page; harm: Harm }> {
  const harm: Harm = { dialogs: [], outside: [], violations: [], errors: [] };
  await context.exposeBinding("reportViolation", (_, text: string) => void harm.violations.push(text));
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) => {
      (window as unknown as { reportViolation: (text: string) => void }).reportViolation(`${violatedDirective} ${blockedURI} ${sample}`);
    });
  });
  const page = await context.newPage();
  page.on("dialog", (dialog) => {
    harm.dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(service.url) && !url.startsWith("data:") && !url.startsWith("blob:")) harm.outside.push(url);
  });
  page.on("pageerror", (error) => harm.errors.push(error.message));
  page.on("popup", (popup) => harm.outside.push(`a window: ${popup.url()}`));
  return { page, harm };
}

/** What stands in the page that no text could have put there. */
function intruders(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const links = Array.from(document.querySelectorAll("a"), (link) => link.protocol).filter((kind) => !["http:", "https:", "mailto:"].includes(kind));
    const strange = document.querySelectorAll("iframe, object, embed, base, form[action], body script, [onerror], [onload], [onclick], img[src^='http']");
    const owned = "owned" in window ? ["window.owned"] : [];
    return [...links, ...Array.from(strange, (element) => element.outerHTML.slice(0, 200)), ...owned];
  });
}

async function look(page: Page, address: string): Promise<void> {
  await page.goto(`${service.url}${address}`);
  await expect(page.getByRole("heading").first(), address).toBeVisible();
  await expect(page.getByRole("status", { name: /^Loading/ })).toHaveCount(0);
  for (const folded of await page.getByRole("button", { name: "All settings" }).all()) await folded.click();
  expect(await intruders(page), address).toEqual([]);
  await expect(page.getByText("This page broke"), address).toHaveCount(0);
}

/** Pages on which stored texts of every sort meet the reader. */
const STORED = /jobs$|hostile-1|adapters\/|dataset=|evaluations\//;

test("what the service has stored stays text", async ({ context }) => {
  expect(new Set(PAYLOADS).size).toBe(200);
  const { page, harm } = await watched(context);
  for (const address of PAGES.filter((place) => IS_CAMPAIGN || STORED.test(place))) await look(page, address);
  await page.goto(`${service.url}${JOBS[0]}`);
  const log = page.getByRole("log");
  await expect(log).toContainText("x".repeat(200));
  // eslint-disable-next-line no-control-regex
  expect(await log.textContent()).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]/);
  expect(harm).toEqual({ dialogs: [], outside: [], violations: [], errors: [] });
});

/** Pages that differ from another one by their texts alone. */
const AGAIN = /hostile-[235]$/;

test("no text of any answer becomes more than text", async ({ context }) => {
  test.slow(IS_CAMPAIGN);
  const { page, harm } = await watched(context);
  let next = 0;
  let names = false;
  const hostile = (value: unknown, key = ""): unknown => {
    if (Array.isArray(value)) return value.map((part) => hostile(part, key));
    if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, hostile(part, name)]));
    if (typeof value !== "string" || TIME.test(value) || WORDS.has(value) || STRUCTURE.has(key) || (NAMES.has(key) && !names)) return value;
    return PAYLOADS[next++ % PAYLOADS.length];
  };
  await page.route("**/*", async (route) => {
    const request = route.request();
    if (!["fetch", "xhr"].includes(request.resourceType())) return route.fallback();
    const read = async (response: APIResponse) => ({ response, body: await response.body() });
    const answer = await route.fetch().then(read).catch(() => null);
    if (!answer) return; // the page has gone on meanwhile
    const { response, body } = answer;
    if (!response.headers()["content-type"]?.includes("json")) return route.fulfill({ response, body });
    return route.fulfill({ response, body: JSON.stringify(hostile(JSON.parse(body.toString()))) });
  });
  for (let round = 0; round < ROUNDS; round += 1) {
    next += 7; // another payload in each field
    names = round % 2 === 1 || !IS_CAMPAIGN;
    for (const address of names ? PAGES.filter((place) => !place.includes("=")) : PAGES) {
      if (IS_CAMPAIGN || !AGAIN.test(address)) await look(page, address);
    }
  }
  await page.unrouteAll({ behavior: "ignoreErrors" }); // a question may be under way
  expect(harm).toEqual({ dialogs: [], outside: [], violations: [], errors: [] });
  expect(next).toBeGreaterThan(PAYLOADS.length);
  tell("S11", { payloads: PAYLOADS.length, texts: next, pages: ROUNDS * PAGES.length, scripts: 0, requests: 0, violations: 0 });
});

test("an answer of a model stays text", async ({ context }) => {
  const { page, harm } = await watched(context);
  const question = page.getByRole("textbox", { name: "Question" });
  const apart = Array.from({ length: 5 }, (_, place) => PAYLOADS.filter((_, index) => index % 5 === place));
  await page.route("**/generate", (route) => {
    const text = (apart.shift() ?? []).join("\n\n");
    const done = { type: "done", text, model: "tiny", adapter: null, usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }, finish_reason: "stop", timing: { queued_seconds: 0, first_token_seconds: 0, total_seconds: 1 } };
    const events = [{ type: "started", prompt_tokens: 1 }, { type: "delta", text }, done];
    return route.fulfill({ contentType: "text/event-stream", body: events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("") });
  });
  await page.goto(`${service.url}/ui/playground?model=tiny`);
  for (let asked = 1; asked <= 5; asked += 1) {
    await question.fill(PAYLOADS[asked] ?? "");
    await question.press("Enter");
    await expect(page.getByText("ended by itself")).toHaveCount(asked);
    expect(await intruders(page)).toEqual([]);
  }
  expect(harm).toEqual({ dialogs: [], outside: [], violations: [], errors: [] });
});

test("what would run or ask for something is seen", async ({ context }) => {
  const { page, harm } = await watched(context);
  await page.goto(`${service.url}/ui/jobs`);
  await page.evaluate(() => {
    const image = document.createElement("img");
    image.src = "https://attacker.test/stolen";
    document.body.append(image, document.createElement("iframe"));
  });
  await expect.poll(() => harm.violations.length).toBeGreaterThan(0);
  expect((await intruders(page)).length).toBe(2);
});
