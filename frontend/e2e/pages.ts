/// <reference lib="dom" />
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { APIRequestContext, Page } from "@playwright/test";

/** Every page of the dashboard, as a project of `tests/browser/project.py` fills it. */
export interface PageOfList {
  /** Below `/ui/`; names of jobs in braces become their ids. */
  address: string;
  /** What opens a window over it; none = the palette. */
  dialog?: (page: Page) => Promise<void>;
  /** What makes its form complain; none = it has no form. */
  mistake?: (page: Page) => Promise<void>;
  /** Before it is opened. */
  before?: (page: Page) => Promise<void>;
}

const press = (name: string | RegExp) => (page: Page) => page.getByRole("main").getByRole("button", { name }).first().click();

async function fill(page: Page, field: string, text: string): Promise<void> {
  const input = page.getByRole("main").getByRole("textbox", { name: field, exact: true }).first();
  await input.fill(text);
  await input.blur();
}

/** By the route as `src/app/pages.ts` has it. */
export const PAGES: Record<string, PageOfList> = {
  "": { address: "" },
  login: {
    address: "login",
    before: async (page) => {
      await page.route("**/session", (route) => (route.request().method() === "GET" ? route.fulfill({ json: { required: true, signed_in: false } }) : route.fulfill({ status: 401, json: { title: "No", status: 401, detail: "This is not the token.", code: "unauthorised" } })));
    },
    mistake: async (page) => {
      await page.getByLabel("Token", { exact: true }).fill("wrong");
      await page.getByRole("button", { name: "Sign in" }).click();
    },
  },
  datasets: { address: "datasets" },
  "datasets/:name/:tab?": { address: "datasets/meeting_notes.json/problems" },
  generate: { address: "generate", mistake: (page) => fill(page, "Num examples", "many") },
  train: { address: "train?dataset=support_tickets.jsonl", mistake: (page) => fill(page, "Learning rate", "fast") },
  jobs: { address: "jobs" },
  "jobs/compare": { address: "jobs/compare?ids={physics-lr-1e-4},{physics-lr-2e-4},{physics-lr-4e-4}" },
  "jobs/:id/:part?": { address: "jobs/{physics}" },
  adapters: { address: "adapters" },
  "adapters/:name": { address: "adapters/house-model", dialog: press(/^Delete/) },
  merge: { address: "merge?adapter=physics&adapter=support-tone", mistake: (page) => fill(page, "Rank", "all of it") },
  playground: { address: "playground?model=physics&model=tiny", dialog: press("History") },
  estimates: { address: "estimates" },
  evaluate: { address: "evaluate", mistake: (page) => fill(page, "Tag", "no such / tag") },
  evaluations: { address: "evaluations" },
  "evaluations/:run": { address: "evaluations/{run of house-model}" },
  compare: { address: "compare?a={run of physics-lr-1e-4}&b={run of physics-lr-2e-4}" },
  "settings/:group?": { address: "settings" },
  "*": { address: "no-such-page" },
};

/** The routes that the dashboard has. */
export function routesOfApp(): string[] {
  const source = readFileSync(join(import.meta.dirname, "../src/app/pages.ts"), "utf8");
  return [...source.matchAll(/\bpage\("([^"]*)"/g)].map(([, path]) => path ?? "").concat("*");
}

/** Puts the ids of this service into addresses. */
export async function addressing(request: APIRequestContext): Promise<(address: string) => string> {
  const { jobs } = (await (await request.get("/jobs?limit=100")).json()) as { jobs: { job_id: string; name: string }[] };
  const { evaluations } = (await (await request.get("/evaluations")).json()) as { evaluations: { run: string }[] };
  return (address) =>
    address.replace(/\{(run of )?([^}]+)\}/g, (_, isRun: string | undefined, name: string) => {
      const found = isRun ? evaluations.find(({ run }) => run.endsWith(`_${name}`))?.run : jobs.find((job) => job.name === name)?.job_id;
      return found ?? "none";
    });
}
