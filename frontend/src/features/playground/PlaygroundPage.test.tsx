import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";

import { answered, ask, cell, openPage } from "@/features/playground/page-kit";

beforeEach(() => localStorage.clear());

describe("a question", () => {
  it("goes to every model with the same seed, and is answered side by side as it is written", async () => {
    const page = await openPage();
    await ask(page, "What is force?");
    const [one, other] = page.answers.asked;
    expect(one).toEqual({
      model: "physics",
      messages: [{ role: "user", content: "What is force?" }],
      heat: 0.5,
      stops: [],
      seed: expect.any(Number),
      stream: true,
    });
    expect(other).toEqual({ ...one, model: "tiny" });

    page.answers.write("physics", "A pu", "sh");
    expect(await within(cell("physics")).findByText("A push")).toBeVisible();
    expect(within(cell("tiny")).getByText("Waiting for the model…")).toBeVisible();
    expect(cell("tiny")).toHaveAttribute("aria-busy", "true");

    page.answers.finish("physics", "A **push**.", { finish_reason: "length" });
    expect(await within(cell("physics")).findByText("push")).toHaveProperty("tagName", "STRONG");
    expect(within(cell("physics")).getByText(/^21 tokens ·/)).toBeVisible();
    expect(within(cell("physics")).getByText("cut off at 21 tokens")).toBeVisible();
  });

  it("is followed by another, for which each model gets its own words back", async () => {
    const page = await openPage();
    await answered(page);
    await ask(page, "And energy?");
    expect(page.answers.last("tiny")?.messages).toEqual([
      { role: "user", content: "What is force?" },
      { role: "assistant", content: "Mass." },
      { role: "user", content: "And energy?" },
    ]);
  });

  it("may have several lines, and is sent by Enter alone", async () => {
    const page = await openPage();
    const field = screen.getByRole("textbox", { name: "Question" });
    await page.user.type(field, "one{Shift>}{Enter}{/Shift}two");
    expect(field).toHaveValue("one\ntwo");
    expect(page.answers.asked).toEqual([]);
    await page.user.type(field, "{Enter}");
    await waitFor(() => expect(page.answers.asked[0]?.messages[0]?.content).toBe("one\ntwo"));
    expect(field).toHaveValue("");
  });

  it("that is empty is not sent", async () => {
    const page = await openPage();
    await page.user.type(screen.getByRole("textbox", { name: "Question" }), "   {Enter}");
    expect(screen.getByRole("button", { name: "Send" })).toBeDisabled();
    expect(page.answers.asked).toEqual([]);
  });

  it("can be asked differently; what was answered before stays in the history", async () => {
    const page = await openPage();
    await answered(page);
    await page.user.click(screen.getByRole("button", { name: "Edit the question" }));
    const field = screen.getByRole("textbox", { name: "Edited question" });
    await page.user.clear(field);
    await page.user.type(field, "What is mass?{Enter}");
    await waitFor(() => expect(page.answers.last("tiny")?.messages).toEqual([{ role: "user", content: "What is mass?" }]));
    expect(page.session.history.get().conversations.map(({ turns }) => turns[0]?.question)).toEqual(["What is mass?", "What is force?"]);
  });
});

describe("an answer", () => {
  it("is stopped by hand, keeps what was written, and gives the connection up", async () => {
    const page = await openPage();
    await ask(page, "What is force?");
    page.answers.write("physics", "A push and");
    await within(cell("physics")).findByText("A push and");
    await page.user.click(within(cell("physics")).getByRole("button", { name: "Stop" }));
    expect(await within(cell("physics")).findByText(/^stopped after/)).toBeVisible();
    expect(within(cell("physics")).getByText("A push and")).toBeVisible();
    await waitFor(() => expect(page.answers.givenUp).toEqual(["physics"]));
    page.answers.finish("tiny", "Mass.");
    expect(await within(cell("tiny")).findByText("Mass.")).toBeVisible();
  });

  it("is stopped with all others by Escape", async () => {
    const page = await openPage();
    await ask(page, "What is force?");
    await page.user.keyboard("{Escape}");
    await waitFor(() => expect(page.answers.givenUp.toSorted()).toEqual(["physics", "tiny"]));
    expect(await screen.findByRole("button", { name: "Send" })).toBeVisible();
  });

  it("is had anew with another seed, and the old one stays at hand", async () => {
    const page = await openPage();
    await answered(page);
    for (let again = 1; again <= 3; again += 1) {
      await page.user.click(within(cell("tiny")).getByRole("button", { name: "Regenerate" }));
      await waitFor(() => expect(page.answers.asked).toHaveLength(2 + again));
      page.answers.finish("tiny", `Version ${again}.`);
      await within(cell("tiny")).findByText(`Version ${again}.`);
    }
    const seeds = page.answers.asked.filter(({ model }) => model === "tiny").map(({ seed }) => seed);
    expect(new Set(seeds).size).toBeGreaterThan(1);
    expect(within(cell("tiny")).getByText("4/4")).toBeVisible();
    await page.user.click(within(cell("tiny")).getByRole("button", { name: "Earlier answer" }));
    expect(within(cell("tiny")).getByText("Version 2.")).toBeVisible();
  });

  it("is corrected, and the conversation goes on from the correction", async () => {
    const page = await openPage();
    await answered(page);
    await page.user.click(within(cell("tiny")).getByRole("button", { name: "Edit the answer" }));
    const field = screen.getByRole("textbox", { name: "Edited answer" });
    await page.user.clear(field);
    await page.user.type(field, "A push.");
    await page.user.click(screen.getByRole("button", { name: "Save" }));
    expect(within(cell("tiny")).getByText("edited by you")).toBeVisible();
    await ask(page, "And energy?");
    expect(page.answers.last("tiny")?.messages[1]?.content).toBe("A push.");
  });

  it("is said to those who listen when it is finished, not before", async () => {
    const page = await openPage("/?model=physics");
    await ask(page, "What is force?", 1);
    page.answers.write("physics", "A push");
    await within(cell("physics")).findByText("A push");
    expect(screen.queryByText(/physics answered/)).toBeNull();
    page.answers.finish("physics", "A push.");
    expect(await screen.findByText("physics answered: A push.")).toHaveAttribute("aria-live", "polite");
  });

  it("is shown as it was written where that is wanted, and so it stays", async () => {
    const page = await openPage();
    await answered(page);
    await page.user.click(screen.getByRole("button", { name: "Settings" }));
    await page.user.click(screen.getByRole("radio", { name: "Plain text" }));
    expect(within(cell("physics")).getByText("A **push**.")).toBeVisible();
    page.unmount();
    await openPage(`/?conversation=${page.session.get().conversation.id}`);
    expect(await screen.findByText("A **push**.")).toBeVisible();
  });
});
