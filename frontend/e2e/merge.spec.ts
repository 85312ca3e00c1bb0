import { expect, expectAccessible, forgive, reached, submitRun, succeeded, test } from "./kit";

test("two adapters are compared, merged, proved, and tried beside the result", async ({ page, request }) => {
  const [one, other] = [`one-${Date.now()}`, `other-${Date.now()}`];
  const runs = [await submitRun(request, one), await submitRun(request, other)];
  for (const run of runs) await succeeded(request, run);

  await page.goto(`/ui/adapters/${one}`);
  await page.getByRole("main").getByRole("link", { name: "Merge" }).click();
  await expect(page.getByRole("button", { name: "Choose a second adapter" })).toBeVisible();
  await page.getByRole("combobox", { name: /^Adapters/ }).selectOption(other);
  await page.getByRole("textbox", { name: `Weight of ${other}` }).fill("0.5");
  const slider = page.getByRole("slider", { name: `Weight of ${one} on a scale` });
  await slider.focus();
  for (let step = 0; step < 6; step += 1) await slider.press("ArrowLeft");
  await expect(page.getByRole("textbox", { name: `Weight of ${one}` })).toHaveValue("0.7");

  const map = page.getByRole("region", { name: "Cosine layer by layer" });
  await expect(map.getByRole("row", { name: /self_attn\.q_proj/ })).toContainText(/[+−]?0\.\d\d/);
  await expect(page.getByRole("img", { name: /^Share of the sum that a rank keeps/ })).toBeVisible();
  await expect(page.getByRole("heading", { name: /^Recommended/ })).toBeVisible();
  await expect(page.getByRole("region", { name: "Command for a terminal" })).toContainText(`--adapters ${one}:0.7 ${other}:0.5`);

  const name = await page.getByRole("textbox", { name: /^Output dir/ }).inputValue();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Start the merge" }).click();
  await expect(page).toHaveURL(/\/ui\/jobs\/[0-9a-z-]+$/);
  await expect(page.getByRole("heading", { name: "Result", exact: true })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole("region", { name: "Perplexity" }).getByRole("row", { name: new RegExp(`^${one}`) })).toBeVisible();
  await expect(page.getByText("passed", { exact: true })).toBeVisible();
  await expect(page).toHaveTitle(new RegExp(`^✓ ${name}`));

  await page.getByRole("link", { name: "Try it beside its parents" }).click();
  await expect(page).toHaveURL(new RegExp(`model=${name}&model=${one}&model=${other}`));
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("textbox", { name: "Max new tokens" }).fill("8");
  const question = page.getByRole("textbox", { name: "Question" });
  await question.fill("What is the SI unit of force?");
  await question.press("Enter");
  for (const model of [name, one, other]) {
    const answer = page.getByRole("group", { name: `Answer of ${model}`, exact: true });
    await expect(answer).toContainText(/(ended by itself|cut off at \d+ tokens)/);
  }
});

test("a merge whose base is missing is refused before it begins, and what is typed stays", async ({ page, request, trouble }) => {
  const one = `lonely-${Date.now()}`;
  await succeeded(request, await submitRun(request, one));
  await page.goto(`/ui/merge?adapter=${one}&into_base=true&base_model_name=nobody/absent`);
  await expect(page.getByRole("textbox", { name: /^Output dir/ })).not.toHaveValue("");
  await page.getByRole("button", { name: "Start the merge" }).click();
  await expect(page.getByRole("main")).toContainText("nobody/absent cannot be downloaded");
  await expect(page.getByRole("combobox", { name: "Base model name" })).toHaveValue("nobody/absent");
  await expectAccessible(page);
  forgive(trouble, /422/);
});

test("a merge without room says how much it needs, and can be started again", async ({ page, request }) => {
  const one = `room-${Date.now()}`;
  await succeeded(request, await submitRun(request, one));
  const answer = await request.post("/merge", { data: { adapters: [`${one}:1`], into_base: true, output_dir: `full-${Date.now()}` } });
  const { job_id: job } = (await answer.json()) as { job_id: string };
  await reached(request, job, "failed");
  await page.goto(`/ui/jobs/${job}`);
  const told = page.getByRole("alert");
  await expect(told.getByText("The disk is full")).toBeVisible();
  await expect(told.getByText(/^The model needs 15\.23 GB, and .+ has 2\.10 GB free\.$/)).toBeVisible();
  await expectAccessible(page);
});

test("a merge that fails its proof says so, and is no adapter", async ({ page, request }) => {
  const [one, other] = [`a-${Date.now()}`, `b-${Date.now()}`];
  await Promise.all([one, other].map(async (name) => succeeded(request, await submitRun(request, name))));
  const name = `below-${Date.now()}`;
  const answer = await request.post("/merge", { data: { adapters: [`${one}:1`, `${other}:1`], output_dir: name } });
  const { job_id: job } = (await answer.json()) as { job_id: string };
  await reached(request, job, "failed");
  await page.goto(`/ui/jobs/${job}`);
  await expect(page.getByText(/did not pass its proof/).first()).toBeVisible();
  await expectAccessible(page);
  await page.goto("/ui/adapters");
  await expect(page.getByRole("link", { name: one })).toBeVisible();
  await expect(page.getByRole("link", { name })).toHaveCount(0);
});
