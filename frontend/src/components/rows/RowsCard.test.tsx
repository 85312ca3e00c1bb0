import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, it } from "vitest";

import { RowsCard } from "@/components/rows/RowsCard";
import { useRowsFeed } from "@/components/rows/rows-feed";
import { stateOf, textsOf } from "@/components/rows/review";
import { ROWS } from "@/testing/generation";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

const decisions: [string, unknown][] = [];
const cursors: string[] = [];

beforeEach(() => {
  decisions.length = 0;
  cursors.length = 0;
  server.use(
    http.get(`${SERVICE}/jobs/j1/rows`, ({ request }) => {
      const cursor = new URL(request.url).searchParams.get("cursor") ?? "";
      cursors.push(cursor);
      return HttpResponse.json({ rows: cursor === "0" ? ROWS.slice(0, 1) : ROWS.slice(1), next: cursor === "0" ? 1 : 2, behind: cursor === "0" });
    }),
    http.put(`${SERVICE}/jobs/j1/rows/:id`, async ({ request, params }) => {
      const body = (await request.json()) as { decision: "accept" | "edit" | "reject"; input?: string; output?: string };
      decisions.push([String(params.id), body]);
      const row = ROWS.find(({ id }) => id === params.id);
      const edited = body.decision === "edit" ? { input: body.input, output: body.output } : null;
      return HttpResponse.json({ ...row, edited, decision: body.decision });
    }),
  );
});

function Records() {
  return <RowsCard feed={useRowsFeed("j1", true)} ended />;
}

async function openCard() {
  renderPage(<Records />);
  await screen.findByText("A push or a pull.");
  return userEvent.setup();
}

it("shows what was accepted and why the rest was not, and takes decisions by hand and by key", async () => {
  const user = await openCard();
  const [first, second] = screen.getAllByRole("listitem");
  expect(first).toHaveAccessibleName("Record 1, accepted");
  expect(first).toHaveTextContent("mechanics: forces · quality 8.5");
  expect(second).toHaveAccessibleName("Record 2, rejected: near duplicate");
  await waitFor(() => expect(cursors).toEqual(["0", "1"])); // the run has ended: nothing more is asked

  await user.click(within(second as HTMLElement).getByRole("button", { name: "Accept record 2" }));
  expect(await screen.findByRole("listitem", { name: "Record 2, kept by you" })).toBeVisible();
  expect(screen.getByRole("radio", { name: "Kept 2" })).toBeVisible();

  first?.focus();
  await user.keyboard("r");
  expect(await screen.findByRole("listitem", { name: "Record 1, dropped by you" })).toBeVisible();
  await user.keyboard("j");
  expect(second).toHaveFocus();
  await user.keyboard("e");
  const output = screen.getByRole("textbox", { name: /^Output of record 2/ });
  await user.clear(output);
  await user.type(output, "A pull, j or k."); // letters in a field are letters
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("A pull, j or k.")).toBeVisible();
  expect(decisions).toEqual([
    ["r2", { decision: "accept" }],
    ["r1", { decision: "reject" }],
    ["r2", { decision: "edit", input: "What is force?", output: "A pull, j or k." }],
  ]);
  await user.click(screen.getByRole("radio", { name: "Dropped 1" }));
  expect(screen.getAllByRole("listitem")).toHaveLength(1);
});

it("says what was not taken, and leaves the record as it was", async () => {
  server.use(http.put(`${SERVICE}/jobs/j1/rows/:id`, () => HttpResponse.json({ title: "No", detail: "The output is empty." }, { status: 422 })));
  const user = await openCard();
  await user.click(screen.getByRole("button", { name: "Reject record 1" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("The output is empty.");
  expect(screen.getByRole("listitem", { name: "Record 1, accepted" })).toBeVisible();
});

it("says what has been made when nothing has, and what cannot be read", async () => {
  server.use(http.get(`${SERVICE}/jobs/j1/rows`, () => HttpResponse.json({ rows: [], next: 0, behind: false })));
  const { unmount } = renderPage(<Records />);
  expect(await screen.findByText("No record was made.")).toBeVisible();
  unmount();
  server.use(http.get(`${SERVICE}/jobs/j1/rows`, () => HttpResponse.json({ title: "No", detail: "It has no records." }, { status: 404 })));
  renderPage(<Records />);
  expect(await screen.findByText("It has no records.")).toBeVisible();
});

it("shows a record that is none as it came", () => {
  const row = { ...ROWS[0], record: ["x", 1], reason: null, status: "rejected" } as unknown as (typeof ROWS)[number];
  expect(textsOf(row)).toEqual({ input: '["x",1]', output: "", others: [] });
  expect(stateOf(row)).toBe("rejected: unknown reason");
});
