import { expect, expectAccessible, forgive, tabTo, test } from "./kit";

test.setTimeout(120_000);

const field = (name: string) => ({ name, exact: true });

test("by keyboard alone: what is missing is led to, what is refused too, even in the fold, and the run starts", async ({ page, trouble }) => {
  await page.goto("/ui/train");
  const name = page.getByRole("textbox", { name: "Adapter name" });
  await tabTo(page, name);
  await page.keyboard.press("Control+Enter");
  await expect(name).toBeFocused();
  await expectAccessible(page, "with errors");
  await page.keyboard.type("quick-typed");
  const dataset = page.getByRole("combobox", { name: /^Dataset path/ });
  await tabTo(page, dataset);
  await page.keyboard.type("physics_qa");
  await page.keyboard.press("Escape");
  await page.getByRole("searchbox", field("Search the settings")).focus();
  await page.keyboard.type("patience");
  const patience = page.getByRole("textbox", { name: "Early stopping patience" });
  await tabTo(page, patience);
  await page.keyboard.type("3");
  await page.getByRole("searchbox", field("Search the settings")).fill("");
  await page.keyboard.press("Control+Enter");
  await expect(patience).toBeFocused();
  await expect(page.getByText(/^early_stopping_patience needs validation_split/).first()).toBeVisible();
  forgive(trouble, /422/);
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.press("Delete");
  await expect(page.getByRole("button", { name: /^Start ·/ })).toBeVisible();
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("heading", { level: 1, name: "quick-typed" })).toBeVisible();
});

test("a preset shows what it changes, what was typed stays, a command is pasted, and a reload loses nothing", async ({ page }) => {
  await page.goto("/ui/train");
  const rate = page.getByRole("textbox", field("Learning rate"));
  await rate.fill("5e-4");
  await page.getByRole("button", { name: "Sample run" }).click();
  await expect(page.getByText("kept: you typed it")).toBeVisible();
  await expectAccessible(page, "a preset's changes");
  await page.getByRole("button", { name: /^Change \d+ settings$/ }).click();
  await expect(rate).toHaveValue("5e-4");
  await rate.evaluate((element) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", "--lora_r 64 \\\n --learning-rate 1e-3 --rank 3");
    element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  });
  await expect(page.getByRole("textbox", field("LoRA r"))).toHaveValue("64");
  await expect(page.getByText("No such setting:")).toBeVisible();
  await page.reload();
  await expect(rate).toHaveValue("0.001");
  await page.getByRole("radio", { name: "YAML" }).check();
  const yaml = page.getByRole("textbox", { name: "Settings as YAML" });
  await expect(yaml).toHaveValue(/lora_r: 64\n/);
  await yaml.fill((await yaml.inputValue()).replace("lora_r: 64", "lora_r: 8"));
  await page.getByRole("radio", { name: "Form" }).check();
  await expect(page.getByRole("textbox", field("LoRA r"))).toHaveValue("8");
  await page.getByRole("button", { name: "Discard draft" }).click();
  await expect(rate).toHaveValue("2e-4");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(rate).toHaveValue("0.001");
});

test("the memory follows the fields, and what does not fit is held back until somebody insists", async ({ page, trouble }) => {
  await page.goto("/ui/train?adapter_name=quick-large&dataset_path=physics_qa.json");
  await expect(page.getByRole("button", { name: /^Start ·/ })).toBeVisible();
  const before = await page.getByRole("img", { name: /^Memory/ }).getAttribute("aria-label");
  await page.getByRole("textbox", field("LoRA r")).fill("512");
  await expect(page.getByText(/^\+\d/).first()).toBeVisible();
  expect(await page.getByRole("img", { name: /^Memory/ }).getAttribute("aria-label")).not.toBe(before);
  await page.getByRole("combobox", { name: "Base model name" }).fill("some/model-405B");
  const held = page.getByRole("button", { name: /^Does not fit:/ });
  await held.click();
  const insist = page.getByRole("checkbox", { name: /^Start it all the same/ });
  await expect(insist).toBeFocused();
  await expectAccessible(page, "held back");
  await page.getByRole("button", { name: "Make it fit" }).click();
  await expect(page.getByText(/choose a smaller base model/)).toBeVisible();
  await insist.check();
  const answer = page.waitForResponse((response) => response.request().method() === "POST" && new URL(response.url()).pathname === "/train");
  await page.getByRole("button", { name: /^Start ·/ }).click();
  expect(new URL((await answer).url()).searchParams.get("tag")).toBe("started over the memory");
  expect(await (await answer).text()).toContain("some/model-405B"); // which is nowhere to be had
  forgive(trouble, /422/);
});

test("two clicks on a slow line start one run", async ({ page }) => {
  await page.goto("/ui/train?adapter_name=quick-twice&dataset_path=physics_qa.json");
  await page.route("**/train", async (route) => {
    if (route.request().method() === "POST") await new Promise((done) => setTimeout(done, 500));
    await route.continue();
  });
  await page.getByRole("button", { name: /^Start ·/ }).dblclick();
  await expect(page.getByRole("heading", { level: 1, name: "quick-twice" })).toBeVisible();
  const { jobs } = (await (await page.request.get("/jobs?limit=100")).json()) as { jobs: { name: string }[] };
  expect(jobs.filter((job) => job.name === "quick-twice")).toHaveLength(1);
});

test("several values in a field queue a run each, found by their tag", async ({ page }) => {
  await page.goto("/ui/train?adapter_name=quick-sweep&dataset_path=physics_qa.json&learning_rate=1e-4&learning_rate=2e-4");
  await page.getByRole("button", { name: "Several values of LoRA r" }).click();
  await page.getByRole("textbox", { name: "Another value of LoRA r" }).fill("8,");
  await expect(page.getByText(/^4 runs: 2 LoRA r × 2 learning rates/)).toBeVisible();
  await expectAccessible(page, "a sweep");
  await page.getByRole("button", { name: /^Queue 4 runs/ }).click();
  await expect(page).toHaveURL(/\/ui\/jobs\?tag=sweep/);
  for (const run of ["r16-lr1e-4", "r16-lr2e-4", "r8-lr1e-4", "r8-lr2e-4"]) await expect(page.getByText(`quick-sweep-${run}`).first()).toBeVisible();
});

test("a configuration is saved under a name, loaded, and narrow and dark as well", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("/ui/train?lora_r=99");
  await page.getByRole("button", field("Save")).click();
  await page.getByRole("textbox", { name: "Name of the configuration" }).fill("mine");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Saved as mine")).toBeVisible();
  await expectAccessible(page, "saved");
  await page.goto("/ui/train");
  await page.getByRole("combobox", { name: "Saved configurations" }).selectOption("mine");
  await page.getByRole("button", { name: "Change 1 setting" }).click();
  await expect(page.getByRole("textbox", field("LoRA r"))).toHaveValue("99");
});
