/** The train page in a test, and what is done on it again and again. */

import { act, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";

import { toasts } from "@/components/toasts";
import TrainPage from "@/features/train/TrainPage";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

export async function openPage() {
  renderPage(<TrainPage />);
  await screen.findByRole("textbox", { name: "Learning rate" });
  return userEvent.setup();
}

/** A preset, and everything that it would change. */
export async function takeSample(user: ReturnType<typeof userEvent.setup>) {
  await user.click(screen.getByRole("button", { name: "Sample run" }));
  await user.click(screen.getByRole("button", { name: /^Change \d+ settings?$/ }));
}

export function field(name: string) {
  return screen.getByRole("textbox", { name });
}

/** What the newest message offers to undo. */
export function undoLast() {
  const action = toasts.get().at(-1)?.action;
  if (!action || !("onSelect" in action)) throw new Error("nothing to undo");
  act(action.onSelect);
}

/** Answers submissions, and remembers what was sent. */
export function acceptSubmissions() {
  const sent: { body: unknown; key: string | null }[] = [];
  server.use(
    http.post(`${SERVICE}/train`, async ({ request }) => {
      sent.push({ body: await request.json(), key: request.headers.get("Idempotency-Key") });
      return HttpResponse.json({ job_id: "j1", status: "queued" }, { status: 202 });
    }),
  );
  return sent;
}
