import { expectAccessible, expectFocusSeen, expect, reached, submitRun, succeeded, tabTo, test } from "./kit";

/** The fakes are worth something only while they tell what the real recipes tell, where those tell it. */

test("a quick run has a curve, a log, a result and an adapter", async ({ page }) => {
  const job = await submitRun(page.request, "quick-one");
  await succeeded(page.request, job);
  await page.goto(`/ui/jobs/${job}`);
  await expect(page.getByRole("img", { name: /^Loss over 200 steps/ })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Result" })).toBeVisible();
  await expect(page.getByRole("log")).toContainText("step 200/200");
  await expectAccessible(page);
  const { adapters } = (await (await page.request.get("/adapters")).json()) as { adapters: { name: string; problem: string | null }[] };
  expect(adapters).toContainEqual(expect.objectContaining({ name: "quick-one", problem: null }));
});

test("a slow run waits for its cue, and one that is stopped goes on where it was", async ({ page, service }) => {
  const job = await submitRun(page.request, "slow-one", { max_steps: 400 });
  const progress = async () => ((await (await page.request.get(`/jobs/${job}/status`)).json()) as { progress: { step: number } | null }).progress?.step ?? 0;
  await expect.poll(progress).toBeGreaterThan(3);
  await page.request.post(`/jobs/${job}/cancel`);
  await reached(page.request, job, "cancelled");
  const stopped = await progress();
  await page.request.post(`/jobs/${job}/resume`);
  await expect.poll(progress).toBeGreaterThan(stopped);
  service.cue("slow-one");
  await succeeded(page.request, job);
  const { rows } = (await (await page.request.get(`/jobs/${job}/metrics?since_step=0`)).json()) as { rows: { step: number; loss?: number }[] };
  const steps = rows.filter((row) => row.loss !== undefined).map((row) => row.step);
  expect(new Set(steps).size).toBe(steps.length);
});

for (const [name, status, told] of [["oom-one", "failed", "cuda_oom"], ["crash-one", "failed", "exit_code"]] as const) {
  test(`${name} fails with its reason`, async ({ page }) => {
    const job = await submitRun(page.request, name);
    await reached(page.request, job, status);
    expect(await (await page.request.get(`/jobs/${job}/status`)).json()).toMatchObject({ reason: told });
  });
}

test("the keyboard reaches what it is sent to, and shows where it is", async ({ page }) => {
  await page.goto("/ui/train");
  await tabTo(page, page.getByRole("textbox", { name: "Adapter name" }));
  await page.keyboard.press("Shift+Tab");
  await expectFocusSeen(page);
});
