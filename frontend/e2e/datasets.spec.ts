import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";

import { expectReadable } from "./axe";
import { expect, expectAccessible, forgive, reached, submitRun, tabTo, test } from "./kit";

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const file = (name: string, buffer: Buffer) => ({ name, mimeType: "application/octet-stream", buffer });
const TALKS = [...Array(24).keys()].map((n) => ({ input: `What is thing ${n}?`, output: `It is the thing of number ${n}, no other one.`, id: n }));

/** What is answered to a body of this size before any of it is sent. */
function announced(url: string, size: number): Promise<number | undefined> {
  return new Promise((done, fail) => {
    const headers = { "content-type": "application/octet-stream", "content-length": String(size) };
    const sending = request(url, { method: "POST", headers }, ({ statusCode }) => {
      done(statusCode);
      sending.destroy();
    });
    sending.on("error", fail);
    sending.flushHeaders();
  });
}

test("files are taken in by drop and by choice, or refused with a reason, and nothing of those is left", async ({ page, service, trouble }) => {
  await page.goto("/ui/datasets");
  await page.getByLabel("Files to upload").setInputFiles([
    file("good.json", json([...TALKS, { input: "x" }].slice(0, 24))),
    file("broken.jsonl", Buffer.from('{"input": "a", "output": "b"}\n{"input": ')),
    file("notes.txt", Buffer.from("no dataset")),
    file("half.json", json([TALKS[0], { input: "What?", output: 7, messages: "?" }])),
    file("de.csv", Buffer.from("Frage,Antwort,Id\nWas ist Kraft?,Masse mal Beschleunigung,1\nWas ist Licht?,Eine Welle,2\n")),
  ]);
  const list = page.getByRole("region", { name: "Uploads" });
  await expect(list).toContainText("good.json: JSON with 24 questions (input) and answers (output).");
  await expect(list).toContainText("broken.jsonl, line 2 is not JSON");
  await expect(list).toContainText("a dataset's name ends in .json");
  await expect(list).toContainText("record 1: messages is text, not a list of turns");
  await expect(list).toContainText("Say which one plays which part.");
  forgive(trouble, /422/);

  const dropped = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], "dropped.json"));
    return transfer;
  }, JSON.stringify(TALKS));
  await page.dispatchEvent("main", "dragenter", { dataTransfer: dropped });
  await expect(page.getByText("Drop to upload")).toBeVisible();
  await page.dispatchEvent("main", "drop", { dataTransfer: dropped });
  await expect(list).toContainText("dropped.json: JSON with 24 questions");
  const names = ((await (await page.request.get("/datasets")).json()) as { datasets: { name: string }[] }).datasets.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["good.json", "de.csv", "dropped.json"]));
  expect(names.filter((name) => /broken|notes|half/.test(name))).toEqual([]);
  await expectAccessible(page);

  // A file that is too large is refused by its announced size, before it is sent.
  expect(await announced(`${service.url}/datasets?name=huge.json`, 600 * 2 ** 20)).toBe(413);

  // Columns with names that nobody knows.
  await list.getByRole("link", { name: "Choose the columns" }).click();
  await page.getByRole("combobox", { name: /^What is asked/ }).selectOption("Frage");
  await page.getByRole("combobox", { name: /^The answer to learn/ }).selectOption("Antwort");
  await expect(page.getByRole("status", { name: "The first records with these columns" })).toContainText("Masse mal Beschleunigung");
  forgive(trouble, /422/); // one column alone is none to learn from
  await expectReadable(page);
  await page.getByRole("combobox", { name: /^What is asked/ }).selectOption("Frage");
  await page.getByRole("combobox", { name: /^The answer to learn/ }).selectOption("Antwort");
  await page.getByRole("button", { name: "Name the columns" }).click();
  await expect(page.getByRole("listitem", { name: "Record 1" })).toContainText("Eine Welle");
  expect(readFileSync(join(service.folder, "data", "de.csv"), "utf8")).toMatch(/^input,output,Id\n/);
  forgive(trouble, /422/);
});

test("columns that were recognised wrongly are named anew", async ({ page, service, trouble }) => {
  const text = "input,output,question\n1,Mass times acceleration.,What is force?\n2,A wave.,What is light?\n";
  expect((await page.request.post("/datasets?name=wrong.csv", { data: Buffer.from(text), headers: { "content-type": "application/octet-stream" } })).ok()).toBe(true);
  await page.goto("/ui/datasets/wrong.csv/columns");
  await expect(page.getByText(/^It is read as .+ Where that is wrong, say which columns count\./)).toBeVisible();
  await page.getByRole("combobox", { name: /^What is asked/ }).selectOption("question");
  await page.getByRole("combobox", { name: /^The answer to learn/ }).selectOption("output");
  await expect(page.getByRole("status", { name: "The first records with these columns" })).toContainText("What is force?");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Name the columns" }).click();
  await page.getByRole("link", { name: "Records" }).click();
  await expect(page.getByRole("listitem", { name: "Record 1" })).toContainText("What is light?");
  expect(readFileSync(join(service.folder, "data", "wrong.csv"), "utf8")).toMatch(/^\w+,output,input\n/);
  forgive(trouble, /422/);
});

test("records are read, searched, corrected, deleted and brought back by keyboard alone", async ({ page, service }) => {
  const path = join(service.folder, "data", "keys.json");
  await page.request.post("/datasets?name=keys.json", { headers: { "content-type": "application/octet-stream" }, data: json(TALKS) });
  const before = readFileSync(path, "utf8");
  await page.goto("/ui/datasets/keys.json");
  await tabTo(page, page.getByRole("listitem", { name: "Record 0" }));
  await page.keyboard.press("j");
  await page.keyboard.press("e");
  const output = page.getByRole("dialog").getByRole("textbox", { name: "output" });
  await tabTo(page, output);
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("Corrected.");
  await expectAccessible(page, "the dialog");
  await tabTo(page, page.getByRole("button", { name: "Save" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("listitem", { name: "Record 1" })).toContainText("Corrected.");
  await tabTo(page, page.getByRole("listitem", { name: "Record 0" }));
  await page.keyboard.press("Delete");
  await expect(page.getByText("Record 0 is deleted")).toBeVisible();
  await expect(page.getByRole("listitem", { name: "Record 0" })).toContainText("Corrected.");
  await tabTo(page, page.getByRole("button", { name: "Undo" }).last());
  await page.keyboard.press("Enter");
  await expect(page.getByText("keys.json is as it was")).toBeVisible();
  await expect(page.getByRole("listitem", { name: "Record 0" })).toContainText("thing 0");
  expect(readFileSync(path, "utf8")).toBe(before.replace("It is the thing of number 1, no other one.", "Corrected."));

  await page.getByRole("searchbox", { name: "Search in the records" }).fill("THING 17");
  await expect(page.getByText("1 record found")).toBeVisible();
  await expect(page).toHaveURL(/q=THING\+17/);
  await page.getByRole("radio", { name: "Rendered" }).click({ force: true }); // checked once the address says so
  await expect(page.getByRole("region", { name: "Example 18" }).locator("mark")).toHaveText(/^It is the thing of number 17/);
  await expectReadable(page);
});

test("lengths, problems and duplicates are shown, a max_length chosen, and the file split", async ({ page, service }) => {
  const rows = [...TALKS, { input: "y", output: "" }, TALKS[3], { input: "long", output: "word ".repeat(400) }];
  await page.request.post("/datasets?name=lengths.json", { headers: { "content-type": "application/octet-stream" }, data: json(rows) });
  await page.goto("/ui/datasets/lengths.json/lengths");
  const slider = page.getByRole("slider", { name: /^Cut at a max_length of/ });
  await expect(page.getByRole("img", { name: /^Lengths of 26 examples/ })).toBeVisible({ timeout: 120_000 });
  await slider.focus();
  await slider.press("Home");
  await expect(page.getByText(/^100 % truncated/)).toBeVisible();
  await slider.press("End");
  await expect(page.getByText(/^0 % truncated, \d+(\.\d+)? % of tokens supervised/)).toBeVisible();
  await expectReadable(page);
  await expect(page.getByRole("link", { name: "Use this max_length" })).toHaveAttribute("href", /\/ui\/train\?dataset_path=.+lengths\.json&max_length=\d+$/);

  await page.getByRole("link", { name: /^Problems/ }).click();
  await expect(page.getByText("output is empty: there is no answer to learn.")).toBeVisible();
  await expectReadable(page);

  await page.getByRole("link", { name: "Duplicates", exact: true }).click();
  await page.getByRole("combobox", { name: /^Questions that are also in/ }).selectOption({ index: 1 });
  await expect(page.getByText(/of its .+ question|None of its/)).toBeVisible({ timeout: 120_000 });
  await expectReadable(page);
  await page.getByRole("button", { name: "Remove all 1 duplicate" }).click();
  await expect(page.getByText("1 duplicate removed")).toBeVisible();
  await expect(page.getByText("No record says the same as another one.")).toBeVisible({ timeout: 120_000 });

  await page.getByRole("button", { name: "Actions for lengths.json" }).click();
  await page.getByRole("menuitem", { name: "Split…" }).click();
  await page.getByRole("textbox", { name: /^Share for validation/ }).fill("20");
  await expect(page.getByText("20 for training, 5 for validation", { exact: false })).toBeVisible();
  await page.getByRole("button", { name: "Split", exact: true }).click();
  await page.getByRole("link", { name: "Look at the first" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "lengths_train.json" })).toBeVisible();
  expect(JSON.parse(readFileSync(join(service.folder, "data", "lengths_validation.json"), "utf8"))).toHaveLength(5);
});

test("a dataset that a job reads is not deleted; afterwards it is, and comes back", async ({ page, service }) => {
  await page.request.post("/datasets?name=used.json", { headers: { "content-type": "application/octet-stream" }, data: json(TALKS) });
  const job = await submitRun(page.request, "slow-reader", { dataset_path: "used.json" });
  await page.goto("/ui/datasets");
  await page.getByRole("button", { name: "Actions for used.json" }).click();
  const item = page.getByRole("menuitem", { name: /^Delete…/ });
  await expect(item).toContainText("A job that has not ended reads it");
  await expect(item).toHaveAttribute("aria-disabled", "true");
  await page.keyboard.press("Escape");
  await page.request.post(`/jobs/${job}/cancel`);
  await reached(page.request, job, "cancelled");
  await page.reload();
  await page.getByRole("button", { name: "Actions for used.json" }).click();
  await item.click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(page.getByRole("link", { name: "used.json", exact: true })).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("link", { name: "used.json", exact: true })).toBeVisible();
  expect(JSON.parse(readFileSync(join(service.folder, "data", "used.json"), "utf8"))).toEqual(TALKS);
  await expectReadable(page);
});
