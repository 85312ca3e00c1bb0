import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, it, vi } from "vitest";

import { JobLabels } from "@/features/jobs/JobLabels";
import { DETAIL } from "@/testing/fixtures";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

let written: unknown[];

beforeEach(() => {
  written = [];
  server.use(
    http.patch(`${SERVICE}/jobs/j1`, async ({ request }) => {
      written.push(await request.json());
      return HttpResponse.json(DETAIL);
    }),
  );
});

it("keeps tags and notes", async () => {
  const looked = vi.fn();
  renderPage(<JobLabels job={{ ...DETAIL, tags: ["paper"], notes: "as before" }} onChanged={looked} />);
  expect(screen.getByText("as before")).toBeVisible();
  await userEvent.type(screen.getByRole("combobox", { name: "Add a tag" }), "final,");
  await waitFor(() => expect(written).toEqual([{ tags: ["paper", "final"] }]));
  await userEvent.click(screen.getByRole("button", { name: "Edit the notes" }));
  await userEvent.type(screen.getByRole("textbox", { name: "Notes" }), " and more");
  await userEvent.click(screen.getByRole("button", { name: "Save the notes" }));
  await waitFor(() => expect(written.at(-1)).toEqual({ notes: "as before and more" }));
  expect(looked).toHaveBeenCalledTimes(2);
});

it("says why something could not be kept, and lets a name be taken back", async () => {
  const why = { title: "Conflict", status: 422, detail: "The name is too long.", code: "x" };
  server.use(http.patch(`${SERVICE}/jobs/j1`, () => HttpResponse.json(why, { status: 422 })));
  renderPage(<JobLabels job={DETAIL} onChanged={() => {}} />);
  await userEvent.click(screen.getByRole("button", { name: "Rename" }));
  await userEvent.type(screen.getByRole("textbox", { name: "Name of the run" }), " again{Enter}");
  expect(await screen.findByText("The name is too long.")).toBeVisible();
  await userEvent.keyboard("{Escape}");
  expect(screen.queryByRole("textbox", { name: "Name of the run" })).not.toBeInTheDocument();
});
