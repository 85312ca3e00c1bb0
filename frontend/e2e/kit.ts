import { type APIRequestContext, expect, type Page } from "@playwright/test";

/** A real run on the built-in model. On a small, busy machine making that model, once, and training it take minutes. */
export const TRAINING_MS = 480_000;

/** Everything that would tell of a defect, though the page looks right. */
export function watchForTrouble(page: Page): string[] {
  const trouble: string[] = [];
  page.on("console", (message) => message.type() === "error" && trouble.push(message.text()));
  page.on("pageerror", (error) => trouble.push(error.message));
  page.on("response", (response) => response.status() >= 400 && trouble.push(`${response.status()} ${response.url()}`));
  page.on("requestfailed", (request) => {
    // A page that is left gives up what it was waiting for, and so does an answer that is stopped.
    const reason = request.failure()?.errorText ?? "";
    if (reason !== "net::ERR_ABORTED") trouble.push(`${reason} ${request.url()}`);
  });
  return trouble;
}

/** Submits a run on the built-in model over HTTP; answers with the job's id. */
export async function submitRun(request: APIRequestContext, name: string, params: object): Promise<string> {
  const body = { adapter_name: name, dataset_path: "physics_qa.json", base_model_name: "tiny", ...params };
  const response = await request.post("/train", { data: body });
  expect(response.status(), await response.text()).toBe(202);
  return ((await response.json()) as { job_id: string }).job_id;
}

/** Waits until a job has succeeded. */
export async function succeeded(request: APIRequestContext, job: string): Promise<void> {
  const status = async () => ((await (await request.get(`/jobs/${job}/status`)).json()) as { status: string }).status;
  await expect.poll(status, { timeout: TRAINING_MS, intervals: [500] }).toBe("succeeded");
}
