/** The playground on a page, and what tests do with it. */

import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useLocation } from "react-router";
import { expect } from "vitest";

import PlaygroundPage from "@/features/playground/PlaygroundPage";
import { Session } from "@/features/playground/session";
import { FakeAnswers } from "@/testing/answers";
import { renderPage } from "@/testing/render-page";

function Address() {
  return <output aria-label="address">{useLocation().search}</output>;
}

export async function openPage(address = "/?model=physics&model=tiny", session = new Session()) {
  const answers = new FakeAnswers();
  const view = renderPage(
    <>
      <PlaygroundPage session={session} />
      <Address />
    </>,
    address,
  );
  await screen.findByRole("textbox", { name: "Question" });
  return { ...view, answers, session, user: userEvent.setup() };
}

export type Page = Awaited<ReturnType<typeof openPage>>;

export async function ask({ user, answers }: Page, question: string, models = 2) {
  const before = answers.asked.length;
  await user.type(screen.getByRole("textbox", { name: "Question" }), `${question}{Enter}`);
  await waitFor(() => expect(answers.asked).toHaveLength(before + models));
}

export function cell(model: string, turn = 0): HTMLElement {
  const found = screen.getAllByRole("group", { name: `Answer of ${model}` })[turn];
  if (!found) throw new Error(`no answer of ${model} to question ${turn}`);
  return found;
}

/** Both models have answered the question. */
export async function answered(page: Page, question = "What is force?") {
  await ask(page, question);
  page.answers.finish("physics", "A **push**.");
  page.answers.finish("tiny", "Mass.");
  await waitFor(() => expect(within(cell("tiny")).getByText("Mass.")).toBeVisible());
  await screen.findByRole("button", { name: "Send" });
}
