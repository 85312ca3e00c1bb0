import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { pulse } from "@/api/pulse";
import type { Gpu, JobSummary, Pulse } from "@/api/types";
import HomePage from "@/features/home/HomePage";
import { ADAPTERS, BASE_MODELS, DATASET, JOB } from "@/testing/fixtures";
import { PULSE } from "@/testing/pulse";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

const ENDED: JobSummary = { ...JOB, job_id: "j0", name: "history", status: "failed", finished_at: PULSE.now };
const WAITING: JobSummary[] = ["first", "second"].map((name, at) => ({ ...JOB, job_id: name, name, status: "queued", started_at: null, queue_position: at + 1 }));

beforeEach(() => localStorage.clear());
afterEach(() => act(() => pulse.take(null)));

function open(told: Partial<Pulse> = {}) {
  pulse.take({ ...PULSE, ...told });
  renderPage(<HomePage />);
  return userEvent.setup();
}

const card = (name: string) => screen.getByRole("region", { name });

describe("what goes on", () => {
  it("shows what runs, how it goes, and ends it after a question", async () => {
    const asked: string[] = [];
    server.use(http.post(`${SERVICE}/jobs/:id/cancel`, ({ params }) => HttpResponse.json({ job_id: asked.push(String(params.id)), status: "stopping" })));
    const user = open({ running: [JOB] });
    const running = card("Running");
    expect(within(running).getByRole("link", { name: "physics" })).toHaveAttribute("href", "/jobs/j1");
    expect(running).toHaveTextContent("25 %step 50 of 200about 2 min leftloss 1.25");
    expect(within(running).getByRole("img", { name: "Loss from 2 to 1.25" })).toBeVisible();
    await user.click(within(running).getByRole("button", { name: "Stop physics" }));
    await user.click(await screen.findByRole("button", { name: "Stop the run" }));
    await waitFor(() => expect(asked).toEqual(["j1"]));
    expect(within(running).getByRole("button", { name: "Stop physics" })).toBeDisabled();
  });

  it("puts the queue in order by its buttons", async () => {
    const moved: unknown[] = [];
    server.use(
      http.get(`${SERVICE}/jobs`, () => HttpResponse.json({ jobs: [...WAITING].reverse(), total: 2, server_id: "s", now: PULSE.now })),
      http.post(`${SERVICE}/jobs/:id/move`, async ({ params, request }) => {
        moved.push([params.id, await request.json()]);
        return HttpResponse.json({ job_id: params.id, queue_position: 1 });
      }),
    );
    const user = open({ queued: 2 });
    const rows = await within(card("Queue")).findAllByRole("listitem");
    expect(rows.map((row) => within(row).getByRole("link").textContent)).toEqual(["first", "second"]);
    expect(screen.getByRole("button", { name: "Move first up" })).toBeDisabled();
    expect(screen.getByRole("button", { name: "Move second down" })).toBeDisabled();
    await user.click(screen.getByRole("button", { name: "Move second up" }));
    await waitFor(() => expect(moved).toEqual([["second", { to: 1 }]]));
  });

  it("shows what ended, and what to do about it", async () => {
    open({ ended: [ENDED] });
    expect(within(card("Recent runs")).getByRole("row", { name: /history/ })).toHaveTextContent(/Failed.*1\.25/);
    expect(screen.getByRole("link", { name: "See why history did not end well" })).toHaveAttribute("href", "/jobs/j0");
    expect(await screen.findByRole("link", { name: "Ask physics something" })).toHaveAttribute("href", "/playground?model=physics");
  });

  it("shows the machine, and does not take a full GPU for bad news", () => {
    const gpu: Gpu = {
      index: 0, name: "A card", memory_total_bytes: 24e9, memory_used_bytes: 23.8e9, utilization_percent: 98,
      temperature_celsius: 61, power_watts: 310.4, power_limit_watts: 350,
    };
    open({ gpus: [gpu], load: { ...PULSE.load, disk_free_bytes: 1e9 }, worker: "refusing" });
    expect(screen.getByRole("meter", { name: "GPU memory" })).toHaveAttribute("aria-valuetext", "24 GB of 24 GB");
    expect(card("Machine")).toHaveTextContent("61 °C · 310 of 350 W");
    expect(within(card("Machine")).getAllByText(/Almost full/).map(({ textContent }) => textContent)).toEqual(["Almost full: checkpoints may find no room."]);
    expect(card("Service")).toHaveTextContent("Answering: waiting");
  });
});

describe("the guide of an empty project", () => {
  const nothing = (...models: object[]) =>
    server.use(
      http.get(`${SERVICE}/adapters`, () => HttpResponse.json({ ...ADAPTERS, adapters: [] })),
      http.get(`${SERVICE}/datasets`, () => HttpResponse.json({ datasets: [DATASET] })),
      ...(models.length ? [http.get(`${SERVICE}/models`, () => HttpResponse.json({ ...BASE_MODELS, models }))] : []),
    );

  it("tells how each step stands, and starts the sample run with one click", async () => {
    nothing();
    const sent: unknown[] = [];
    server.use(
      http.post(`${SERVICE}/train`, async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json({ job_id: "j9", status: "queued" }, { status: 202 });
      }),
    );
    const user = open();
    const steps = await screen.findAllByRole("listitem");
    expect(steps.map((step) => /done/.test(step.textContent))).toEqual([false, true, false, false]);
    expect(within(steps[0] as HTMLElement).getByRole("button", { name: "Make it now" })).toBeEnabled();
    expect(within(steps[1] as HTMLElement).getByRole("link", { name: "Look at it" })).toHaveAttribute("href", "/datasets/qa.json");
    await user.click(within(steps[2] as HTMLElement).getByRole("button", { name: "Start the sample run" }));
    expect(await screen.findByText("arrived at a job")).toBeVisible();
    expect(sent).toEqual([{ adapter_name: "sample", dataset_path: "data/qa.json", learning_rate: 0.002 }]);
  });

  it("follows the run, and leads to the playground after it", async () => {
    nothing({ ...BASE_MODELS.models[0], size_bytes: 8e6 });
    open({ running: [JOB] });
    expect(await screen.findByText("physics is at 25 %.")).toBeVisible();
    expect(screen.getByText("Here: 8.0 MB.")).toBeVisible();
    server.use(http.get(`${SERVICE}/adapters`, () => HttpResponse.json(ADAPTERS)));
    renderPage(<HomePage />);
    expect(await screen.findByRole("link", { name: "Try it" })).toHaveAttribute("href", "/playground?model=physics&model=tiny");
  });

  it("goes when it is put away, and stays away", async () => {
    nothing();
    const user = open();
    await user.click(await screen.findByRole("button", { name: "Hide the guide" }));
    expect(screen.queryByText("Your first run")).not.toBeInTheDocument();
    expect(localStorage.getItem("guide-hidden")).toBe("true");
  });
});
