import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";

import { answered, ask, cell, openPage } from "@/features/playground/page-kit";

beforeEach(() => localStorage.clear());

describe("the settings", () => {
  it("are drawn from the service's schema, and are sent", async () => {
    const page = await openPage("/?model=physics");
    await page.user.click(screen.getByRole("button", { name: "Settings" }));
    expect(screen.getByText("How wild")).toBeVisible();
    expect(screen.queryByRole("textbox", { name: "Model" })).toBeNull();
    await page.user.clear(screen.getByRole("textbox", { name: "Heat" }));
    await page.user.type(screen.getByRole("textbox", { name: "Heat" }), "1.5");
    await page.user.type(screen.getByRole("textbox", { name: "System prompt" }), "Be brief.");
    await page.user.click(screen.getByRole("button", { name: /^Advanced/ }));
    await page.user.type(screen.getByRole("textbox", { name: "Seed" }), "7");
    await page.user.type(screen.getByRole("textbox", { name: "Stops" }), 'END, "\\n"');
    expect(screen.getByRole("button", { name: "Settings 4 changed" })).toBeVisible();
    await ask(page, "What is force?", 1);
    expect(page.answers.asked[0]).toMatchObject({ heat: 1.5, seed: 7, stops: ["END", "\n"] });
    expect(page.answers.asked[0]?.messages[0]).toEqual({ role: "system", content: "Be brief." });
  });

  it("that are wrong keep the question, and are shown", async () => {
    const page = await openPage("/?model=physics");
    await page.user.click(screen.getByRole("button", { name: "Settings" }));
    await page.user.clear(screen.getByRole("textbox", { name: "Heat" }));
    await page.user.type(screen.getByRole("textbox", { name: "Heat" }), "9");
    await page.user.click(screen.getByRole("button", { name: /^Settings/ }));
    await page.user.type(screen.getByRole("textbox", { name: "Question" }), "What is force?{Enter}");
    expect(await screen.findByText("Must be at most 2")).toBeVisible();
    await waitFor(() => expect(screen.getByRole("textbox", { name: "Heat" })).toHaveFocus());
    expect(screen.getByRole("textbox", { name: "Question" })).toHaveValue("What is force?");
    expect(page.answers.asked).toEqual([]);
  });

  it("are remembered by the browser, and can be put back", async () => {
    const { user, unmount } = await openPage("/?model=physics");
    await user.click(screen.getByRole("button", { name: "Settings" }));
    await user.clear(screen.getByRole("textbox", { name: "Heat" }));
    await user.type(screen.getByRole("textbox", { name: "Heat" }), "2");
    unmount();
    const again = await openPage("/?model=physics");
    await again.user.click(screen.getByRole("button", { name: "Settings 1 changed" }));
    expect(screen.getByRole("textbox", { name: "Heat" })).toHaveValue("2");
    await again.user.click(screen.getByRole("button", { name: "Back to the defaults" }));
    expect(screen.getByRole("textbox", { name: "Heat" })).toHaveValue("0.5");
  });
});

describe("the history", () => {
  it("brings a conversation back after a reload, by its address", async () => {
    const page = await openPage();
    await answered(page);
    const address = `?model=physics&model=tiny&conversation=${page.session.get().conversation.id}`;
    await waitFor(() => expect(screen.getByLabelText("address")).toHaveTextContent(address));
    page.unmount();
    await openPage(`/${address}`);
    expect(within(cell("tiny")).getByText("Mass.")).toBeVisible();
  });

  it("is searched, opened, and deleted from, with a way back", async () => {
    const page = await openPage();
    await answered(page);
    await page.user.click(screen.getByRole("button", { name: "New conversation" }));
    expect(screen.queryByText("Mass.")).toBeNull();
    await page.user.click(screen.getByRole("button", { name: "History" }));
    const dialog = await screen.findByRole("dialog", { name: "History" });
    await page.user.type(within(dialog).getByRole("searchbox"), "nothing such");
    expect(within(dialog).getByText("No conversation matches.")).toBeVisible();
    await page.user.clear(within(dialog).getByRole("searchbox"));
    await page.user.click(within(dialog).getByRole("button", { name: "Delete What is force?" }));
    expect(within(dialog).getByText("No conversations yet.")).toBeVisible();
    await page.user.click(within(dialog).getByRole("button", { name: "Undo" }));
    await page.user.click(within(dialog).getByRole("link", { name: /What is force/ }));
    expect(await screen.findByText("Mass.")).toBeVisible();
  });

  it("says when a conversation is not in this browser", async () => {
    await openPage("/?conversation=elsewhere");
    expect(await screen.findByText("This conversation is not here")).toBeVisible();
  });

  it("keeps what was written when the page goes away in the middle", async () => {
    const page = await openPage("/?model=physics");
    await ask(page, "What is force?", 1);
    page.answers.write("physics", "A pu");
    await within(cell("physics")).findByText("A pu");
    window.dispatchEvent(new Event("pagehide"));
    page.unmount();
    await openPage(`/?conversation=${page.session.get().conversation.id}`);
    expect(within(cell("physics")).getByText("A pu")).toBeVisible();
    expect(within(cell("physics")).getByText(/^stopped after/)).toBeVisible();
  });

  it("takes no going away for a failure", async () => {
    const page = await openPage("/?model=physics");
    await ask(page, "What is force?", 1);
    window.dispatchEvent(new Event("pagehide"));
    page.answers.breakOff("physics");
    expect(await within(cell("physics")).findByText("Not answered.")).toBeVisible();
    page.unmount();
    await openPage(`/?conversation=${page.session.get().conversation.id}`);
    expect(within(cell("physics")).getByRole("button", { name: "Ask" })).toBeVisible();
  });

  it("is there when somebody comes back to the page, with what was answered meanwhile", async () => {
    const page = await openPage("/?model=physics");
    await ask(page, "What is force?", 1);
    page.unmount();
    page.answers.finish("physics", "A push.");
    await openPage("/", page.session);
    expect(await within(cell("physics")).findByText("A push.")).toBeVisible();
    await waitFor(() => expect(screen.getByLabelText("address")).toHaveTextContent("?model=physics&conversation="));
  });

  it("is left behind by a link to another model, which begins anew", async () => {
    const page = await openPage("/?model=physics");
    await ask(page, "What is force?", 1);
    page.answers.finish("physics", "A push.");
    await screen.findByText("A push.");
    page.unmount();
    await openPage("/?model=older", page.session);
    expect(screen.queryByText("A push.")).toBeNull();
    expect(screen.getByLabelText("address")).toHaveTextContent(/^\?model=older$/);
  });

  it("gets the answer that ends after somebody has turned to another conversation", async () => {
    const page = await openPage("/?model=physics");
    await ask(page, "What is force?", 1);
    const first = page.session.get().conversation.id;
    page.answers.write("physics", "A pu");
    await within(cell("physics")).findByText("A pu");
    await page.user.click(screen.getByRole("button", { name: "New conversation" }));
    await waitFor(() => {
      const answer = page.session.history.find(first)?.turns[0]?.answers.physics?.[0];
      expect(answer).toMatchObject({ text: "A pu", end: "stopped" });
    });
  });
});
