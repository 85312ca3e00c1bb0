import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, it } from "vitest";

import AdaptersPage from "@/features/adapters/AdaptersPage";
import { ADAPTER } from "@/testing/adapters";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

const EXPORT = {
  kind: "export", title: "Export", description: "", path: "/export", program: "p", needs_gpu: false, presets: [],
  groups: [{ id: "ExportParams", title: "Export", fields: ["model", "form", "output_dir"] }],
  schema: {
    type: "object",
    required: ["output_dir", "model"],
    properties: {
      model: { type: "string", "x-widget": "made" },
      form: { type: "string", enum: ["adapter", "gguf"], default: "adapter", "x-widget": "options", "x-options": [{ value: "adapter", help: "As it is." }, { value: "gguf", help: "One file." }] },
      output_dir: { anyOf: [{ type: "string" }, { type: "null" }], default: null, "x-folder": "models" },
    },
  },
};

const sent: unknown[] = [];

beforeEach(() => {
  sent.length = 0;
  server.use(
    http.get(`${SERVICE}/adapters`, () => HttpResponse.json({ base_model: "tiny", adapters: [ADAPTER] })),
    http.get(`${SERVICE}/evaluations`, () => HttpResponse.json({ evaluations: [], total: 0 })),
    http.get(`${SERVICE}/models`, () => HttpResponse.json({ default: "tiny", may_download: false, models: [] })),
    http.get(`${SERVICE}/job-kinds`, () => HttpResponse.json({ job_kinds: [EXPORT] })),
  );
});

const ZIP = new File(["PK"], "my saves.zip", { type: "application/zip" });

async function fillIn() {
  renderPage(<AdaptersPage />);
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Import" }));
  const dialog = await screen.findByRole("dialog", { name: "Import an adapter" });
  await user.upload(within(dialog).getByLabelText(/^Zip file/), ZIP);
  return { user, dialog };
}

it("takes in an adapter under the name of its file, and says what to know of it", async () => {
  server.use(
    http.post(`${SERVICE}/adapters/import`, async ({ request }) => {
      sent.push([new URL(request.url).search, request.headers.get("content-type"), (await request.arrayBuffer()).byteLength]);
      return HttpResponse.json({ adapter: { ...ADAPTER, name: "my-saves" }, notes: ["No chat template came with it."] }, { status: 201 });
    }),
  );
  const { user, dialog } = await fillIn();
  expect(within(dialog).getByRole("textbox", { name: /^Name/ })).toHaveValue("my-saves");
  await user.type(within(dialog).getByRole("textbox", { name: /^Base model/ }), "tiny");
  await user.click(within(dialog).getByRole("button", { name: "Import" }));
  expect(await screen.findByText("my-saves is here")).toBeVisible();
  expect(screen.getByText("No chat template came with it.")).toBeVisible();
  expect(sent).toEqual([["?name=my-saves&base_model_name=tiny", "application/octet-stream", 2]]);
});

it("says in the form why an adapter cannot be used", async () => {
  const detail = "The adapter cannot be used: its weights are a pickle.";
  server.use(
    http.post(`${SERVICE}/adapters/import`, () =>
      HttpResponse.json({ title: "x", status: 422, detail, code: "unsafe_format", request_id: "r", errors: [] }, { status: 422 }),
    ),
  );
  const { user, dialog } = await fillIn();
  await user.click(within(dialog).getByRole("button", { name: "Import" }));
  expect(await within(dialog).findByText(detail)).toBeVisible();
});

it("exports by the service's own form, and leads to the job", async () => {
  server.use(
    http.post(`${SERVICE}/export`, async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ job_id: "j1", status: "queued" }, { status: 202 });
    }),
  );
  renderPage(<AdaptersPage />);
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Actions for physics" }));
  await user.click(screen.getByRole("menuitem", { name: "Export…" }));
  expect(await screen.findAllByText("As it is.")).not.toHaveLength(0);
  await user.click(within(screen.getByRole("dialog", { name: "Export physics" })).getByRole("button", { name: "Export" }));
  await screen.findByText("arrived at a job");
  await waitFor(() => expect(sent).toEqual([{ model: "physics", output_dir: "physics-export" }]));
});
