import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { pulse } from "@/api/pulse";
import { answered, ask, cell, openPage } from "@/features/playground/page-kit";
import { JOB, MODELS } from "@/testing/fixtures";
import { FakeAnswers } from "@/testing/answers";
import { PULSE } from "@/testing/pulse";
import { server, SERVICE } from "@/testing/server";

beforeEach(() => localStorage.clear());
afterEach(() => pulse.take(null));

describe("what goes wrong stands in its column", () => {
  function refuse(model: string, status: number, body: object) {
    const answers = new FakeAnswers();
    server.use(
      http.post(`${SERVICE}/generate`, async ({ request }) => {
        const asked = (await request.clone().json()) as { model: string };
        return asked.model === model ? HttpResponse.json(body, { status }) : undefined;
      }),
    );
    return answers;
  }

  it("with what to do next, while the other model answers", async () => {
    const page = await openPage();
    pulse.take({ ...PULSE, running: [JOB] });
    const answers = refuse("physics", 503, { title: "No", status: 503, detail: "A job uses the GPU.", code: "gpu_busy" });
    await page.user.type(screen.getByRole("textbox", { name: "Question" }), "What is force?{Enter}");
    const alert = await within(cell("physics")).findByRole("alert");
    expect(alert).toHaveTextContent("A job uses the GPU.");
    expect(alert).toHaveTextContent("Ask again in a while.");
    expect(await within(alert).findByRole("link", { name: "physics" })).toHaveAttribute("href", "/jobs/j1");
    await waitFor(() => expect(answers.asked).toHaveLength(1));
    answers.finish("tiny", "Mass.");
    expect(await within(cell("tiny")).findByText("Mass.")).toBeVisible();

    const again = new FakeAnswers();
    await page.user.click(within(cell("physics")).getByRole("button", { name: "Ask again" }));
    await waitFor(() => expect(again.asked).toHaveLength(1));
    again.finish("physics", "A push.");
    expect(await within(cell("physics")).findByText("A push.")).toBeVisible();
  });

  it("also in the middle of an answer, of which the beginning stays", async () => {
    const page = await openPage();
    await ask(page, "What is force?");
    page.answers.write("physics", "A pu");
    page.answers.send("physics", { type: "error", status: 503, detail: "The process that answers has ended.", code: "worker_failed" });
    page.answers.write("tiny", "Ma");
    page.answers.breakOff("tiny");
    expect(await within(cell("physics")).findByRole("alert")).toHaveTextContent("The process that answers has ended.");
    expect(within(cell("physics")).getByText("A pu")).toBeVisible();
    expect(await within(cell("tiny")).findByRole("alert")).toHaveTextContent("ended the connection before the answer ended");
  });

  it("when nobody answers at all", async () => {
    const page = await openPage();
    server.use(http.post(`${SERVICE}/generate`, () => HttpResponse.error()));
    await page.user.type(screen.getByRole("textbox", { name: "Question" }), "What is force?{Enter}");
    expect(await within(cell("tiny")).findByRole("alert")).toHaveTextContent("The service does not answer.");
  });

  it("and a question without an answer is not part of what follows", async () => {
    const page = await openPage("/?model=physics");
    await ask(page, "What is force?", 1);
    page.answers.breakOff("physics");
    await within(cell("physics")).findByRole("alert");
    await ask(page, "And energy?", 1);
    expect(page.answers.last("physics")?.messages).toEqual([{ role: "user", content: "And energy?" }]);
  });
});

describe("the models", () => {
  it("begin with the newest adapter, and are up to four", async () => {
    const { user } = await openPage("/");
    expect(screen.getByRole("button", { name: "Remove physics" })).toBeVisible();
    for (const name of ["tiny", "older", "third"]) {
      await user.selectOptions(screen.getByRole("combobox", { name: "Add a model" }), name);
    }
    expect(screen.getByLabelText("address")).toHaveTextContent("?model=physics&model=tiny&model=older&model=third");
    expect(screen.queryByRole("combobox", { name: "Add a model" })).toBeNull();
    await user.click(screen.getByRole("button", { name: "Remove tiny" }));
    expect(screen.getByLabelText("address")).toHaveTextContent("?model=physics&model=older&model=third");
  });

  it("that are not there any more are said to be gone", async () => {
    await openPage("/?model=lost&model=tiny");
    expect(screen.getByText("not there any more")).toBeVisible();
  });

  it("are listed anew when one of them is not found", async () => {
    const page = await openPage();
    expect(screen.queryByText("not there any more")).toBeNull();
    const left = MODELS.filter(({ id }) => id !== "physics");
    server.use(
      http.get(`${SERVICE}/v1/models`, () => HttpResponse.json({ data: left })),
      http.post(`${SERVICE}/generate`, () => HttpResponse.json({ title: "No", status: 404, detail: "There is no model physics." }, { status: 404 })),
    );
    await page.user.type(screen.getByRole("textbox", { name: "Question" }), "What is force?{Enter}");
    expect(await screen.findByText("not there any more")).toBeVisible();
    expect(within(cell("physics")).getByRole("alert")).toHaveTextContent("Choose another one.");
  });

  it("may come later: what was asked before can be asked of them too", async () => {
    const page = await openPage();
    await answered(page);
    await page.user.selectOptions(screen.getByRole("combobox", { name: "Add a model" }), "older");
    await page.user.click(within(cell("older")).getByRole("button", { name: "Ask" }));
    await waitFor(() => expect(page.answers.last("older")?.messages).toEqual([{ role: "user", content: "What is force?" }]));
  });

  it("cannot be listed: then the page says so and still asks those it is given", async () => {
    server.use(http.get(`${SERVICE}/v1/models`, () => HttpResponse.json({ error: { message: "Not today." } }, { status: 404 })));
    const page = await openPage();
    expect(screen.getByText("Not today.")).toBeVisible();
    await answered(page);
  });

  it("are none: then nothing can be asked", async () => {
    server.use(http.get(`${SERVICE}/v1/models`, () => HttpResponse.json({ data: [] })));
    await openPage("/");
    expect(screen.getByText("Choose a model first.")).toBeVisible();
  });
});
