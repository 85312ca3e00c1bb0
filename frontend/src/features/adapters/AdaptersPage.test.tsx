import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, it } from "vitest";

import AdaptersPage from "@/features/adapters/AdaptersPage";
import { ADAPTER, MERGED_MODEL } from "@/testing/adapters";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

const sent: unknown[] = [];

beforeEach(() => {
  sent.length = 0;
  const gone = { ...ADAPTER, name: "gone", description: "", size_bytes: null };
  server.use(
    http.get(`${SERVICE}/adapters`, () => HttpResponse.json({ base_model: "tiny", adapters: [ADAPTER, gone] })),
    http.get(`${SERVICE}/evaluations`, () => HttpResponse.json({ evaluations: [], total: 0 })),
    http.get(`${SERVICE}/models`, () => HttpResponse.json({ default: "tiny", may_download: false, models: [MERGED_MODEL] })),
    http.delete(`${SERVICE}/adapters/:name`, ({ params }) => {
      sent.push(["deleted", params.name]);
      return new HttpResponse(null, { status: 204 });
    }),
    http.delete(`${SERVICE}/models/:name`, ({ params }) => {
      sent.push(["deleted model", params.name]);
      return new HttpResponse(null, { status: 204 });
    }),
    http.patch(`${SERVICE}/adapters/:name`, async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ title: "x", status: 409, detail: "The name 'mine' is taken: choose another one.", code: "conflict", request_id: "r" }, { status: 409 });
    }),
  );
});

it("shows what is missing, and offers nothing that needs it", async () => {
  renderPage(<AdaptersPage />);
  const user = userEvent.setup();
  expect(await screen.findByText("files missing")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Actions for gone" }));
  const menu = screen.getByRole("menu");
  expect(within(menu).getByRole("menuitem", { name: /^Try in the playground/ })).toHaveAttribute("aria-disabled", "true");
  expect(within(menu).getAllByText("Its files are missing.")).toHaveLength(5);
  expect(within(menu).getByRole("menuitem", { name: "Delete…" })).not.toHaveAttribute("aria-disabled");
});

it("deletes after it has said what becomes free", async () => {
  renderPage(<AdaptersPage />);
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Actions for physics" }));
  await user.click(screen.getByRole("menuitem", { name: "Delete…" }));
  const dialog = screen.getByRole("alertdialog");
  expect(dialog).toHaveTextContent("1.2 MB become free.");
  await user.click(within(dialog).getByRole("button", { name: "Delete" }));
  await waitFor(() => expect(sent).toEqual([["deleted", "physics"]]));
  expect(await screen.findByText("physics is deleted")).toBeVisible();
});

it("says in the form why a name is refused", async () => {
  renderPage(<AdaptersPage />);
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Actions for physics" }));
  await user.click(screen.getByRole("menuitem", { name: "Rename…" }));
  const name = screen.getByRole("textbox", { name: /^Name/ });
  await user.clear(name);
  await user.type(name, "mine");
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("The name 'mine' is taken: choose another one.")).toBeVisible();
  expect(sent).toEqual([{ name: "mine", description: "Answers physics" }]);
});

it("finds what is searched, and says when there is none", async () => {
  renderPage(<AdaptersPage />);
  const user = userEvent.setup();
  await user.type(await screen.findByRole("searchbox"), "phys");
  await waitFor(() => expect(screen.queryByText("files missing")).toBeNull());
  expect(screen.getByRole("button", { name: "Actions for physics" })).toBeVisible();
  await user.type(screen.getByRole("searchbox"), "zzz");
  expect(await screen.findByText("No adapter matches “physzzz”")).toBeVisible();
});

it("lists whole models with what they were merged from, and deletes them", async () => {
  renderPage(<AdaptersPage />);
  const user = userEvent.setup();
  const models = await screen.findByRole("region", { name: "Merged models" });
  expect(within(models).getByRole("link", { name: "physics" })).toHaveAttribute("href", "/adapters/physics");
  expect(models).toHaveTextContent("0.7 × physics + 0.3 × gone");
  await user.click(within(models).getByRole("button", { name: "Actions for whole" }));
  await user.click(screen.getByRole("menuitem", { name: "Delete…" }));
  await user.click(within(screen.getByRole("alertdialog")).getByRole("button", { name: "Delete" }));
  await waitFor(() => expect(sent).toEqual([["deleted model", "whole"]]));
});
