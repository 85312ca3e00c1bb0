import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { beforeEach, expect, it } from "vitest";

import { draftStore } from "@/features/settings/drafts";
import { SETTINGS } from "@/testing/settings";
import SettingsPage from "@/features/settings/SettingsPage";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

const KEY = "sk-typed-and-never-shown";
const sent: unknown[] = [];

beforeEach(() => {
  sent.length = 0;
  draftStore.forget(Object.keys(draftStore.get().drafts));
  draftStore.find({});
  server.use(
    http.get(`${SERVICE}/settings`, () => HttpResponse.json(SETTINGS)),
    http.put(`${SERVICE}/settings`, async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(SETTINGS);
    }),
    http.post(`${SERVICE}/settings/test/language-model`, async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ outcome: "doubtful", message: "It answers.", latency_ms: 12, details: ["A model is missing."] });
    }),
  );
});

function open(address = "/settings") {
  renderPage(
    <Routes>
      <Route path="/settings/:group?" element={<SettingsPage />} />
    </Routes>,
    address,
  );
  return userEvent.setup();
}

async function retype(user: ReturnType<typeof open>, label: string, text: string) {
  const input = await screen.findByRole("textbox", { name: label });
  await user.clear(input);
  await user.type(input, text);
}

it("says where a value comes from, and shows without a control what is not to be set here", async () => {
  open();
  expect(await screen.findByRole("textbox", { name: "Port" })).toHaveValue("9000");
  expect(screen.getByText("Set in the environment, which goes first: change it where the service is started.")).toBeVisible();
  expect(screen.getByText("Not to be set from a browser: write it into .env or the environment.")).toBeVisible();
  expect(screen.queryByRole("textbox", { name: "Host" })).toBeNull();
});

it("keeps what was changed while other parts are looked at, and saves it with what differs", async () => {
  const user = open();
  await retype(user, "Port", "9100");
  await user.click(screen.getByRole("link", { name: /^Language models/ }));
  await retype(user, "Eval model", "judge");
  const bar = screen.getByRole("region", { name: "Unsaved changes" });
  await user.click(within(bar).getByRole("button", { name: "2 changes" }));
  expect(within(bar).getByText(/judge/)).toBeVisible();
  await user.click(within(bar).getByRole("button", { name: "Save this part (1)" }));
  expect(sent).toEqual([{ EVAL_MODEL: "judge" }]);
  await user.click(await screen.findByRole("button", { name: "Save" }));
  expect(sent[1]).toEqual({ PORT: 9100 });
  expect(await screen.findByText("Some of it counts when the service is started anew.")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Undo" }));
  await waitFor(() => expect(sent[2]).toEqual({ PORT: 9000 }));
  expect(await screen.findByText("Taken back")).toBeVisible();
});

it("goes back to the default with null", async () => {
  const user = open();
  await user.click(await screen.findByRole("button", { name: "Port is changed: back to the default" }));
  expect(screen.getByRole("textbox", { name: "Port" })).toHaveValue("8000");
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect(sent).toEqual([{ PORT: null }]);
});

it("leads to the field that the service refuses, in whatever part it is", async () => {
  const user = open("/settings/language");
  await retype(user, "Eval model", "judge");
  await user.click(screen.getByRole("link", { name: /^Access/ }));
  await retype(user, "Port", "9100");
  await user.click(screen.getByRole("link", { name: "Training" }));
  const errors = [{ loc: ["body", "EVAL_MODEL"], msg: "There is no such judge", type: "value_error" }];
  server.use(http.put(`${SERVICE}/settings`, () => HttpResponse.json({ title: "x", status: 422, detail: "x", code: "x", request_id: "r", errors }, { status: 422 })));
  await user.click(screen.getByRole("button", { name: "Save all" }));
  expect(await screen.findByText("There is no such judge")).toBeVisible();
  expect(screen.getByRole("textbox", { name: "Eval model" })).toHaveFocus();
});

it("sends nothing that is no value of its field", async () => {
  const user = open();
  await retype(user, "Port", "70000");
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect(screen.getByText("Must be at most 65535")).toBeVisible();
  expect(sent).toEqual([]);
});

it("writes a key and never shows one", async () => {
  const user = open("/settings/language");
  expect(await screen.findByText("Set, ends in …7f3a")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Replace OpenAI API key" }));
  await user.click(screen.getByLabelText("OpenAI API key"));
  await user.paste(` "${KEY}" `);
  expect(screen.getByText("Quotes, blanks and a variable's name around it are left out.")).toBeVisible();
  expect(document.documentElement.outerHTML).not.toContain(KEY);
  await user.click(screen.getByRole("link", { name: /^Access/ }));
  await user.click(screen.getByRole("link", { name: /^Language models/ }));
  expect(screen.getByText("A new one waits to be saved")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect(sent).toEqual([{ OPENAI_API_KEY: KEY }]);
  expect(await screen.findByText("Set, ends in …7f3a")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Undo" })).toBeNull();
  expect(document.documentElement.outerHTML).not.toContain(KEY);
  await user.click(screen.getByRole("button", { name: "Remove OpenAI API key" }));
  await user.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(sent[1]).toEqual({ OPENAI_API_KEY: null }));
});

it("tries a connection with what is not saved yet", async () => {
  const user = open("/settings/language");
  await retype(user, "OpenAI API base", "http://127.0.0.1:9/v1");
  await user.click(screen.getByRole("button", { name: "Test connection: The language model service" }));
  expect(await screen.findByText("A model is missing.")).toBeVisible();
  expect(screen.getByText("answered in 12 ms · with what is not saved yet")).toBeVisible();
  expect(sent).toEqual([{ OPENAI_API_BASE: "http://127.0.0.1:9/v1" }]);
});

it("finds settings of all parts", async () => {
  const user = open("/settings/training?q=judges");
  expect(await screen.findByRole("textbox", { name: "Eval model" })).toBeVisible();
  expect(screen.queryByRole("textbox", { name: "Port" })).toBeNull();
  await user.type(screen.getByRole("searchbox"), " nothing");
  expect(await screen.findByText("No setting matches “judges nothing”")).toBeVisible();
});
