import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeEach, describe, expect, it } from "vitest";

import { answered, ask, cell, openPage, type Page } from "@/features/playground/page-kit";
import { server, SERVICE } from "@/testing/server";

beforeEach(() => localStorage.clear());

describe("a good answer", () => {
  async function openDialog(page: Page, model: string) {
    await page.user.click(within(cell(model)).getByRole("button", { name: "Add to dataset" }));
    return screen.findByRole("dialog", { name: "Add to a dataset" });
  }

  it("is corrected and added to a dataset, and the page says how many there are now", async () => {
    const sent: unknown[] = [];
    server.use(
      http.post(`${SERVICE}/datasets/:name/records`, async ({ request, params }) => {
        sent.push({ name: params.name, body: await request.json() });
        return HttpResponse.json({ name: params.name, records: 13 }, { status: 201 });
      }),
    );
    const page = await openPage();
    await answered(page);
    const dialog = await openDialog(page, "tiny");
    const field = within(dialog).getByRole("textbox", { name: "Answer" });
    expect(field).toHaveValue("Mass.");
    await page.user.clear(field);
    await page.user.type(field, "A push.");
    await page.user.selectOptions(within(dialog).getByRole("combobox", { name: "Dataset" }), "qa.json");
    await page.user.click(within(dialog).getByRole("button", { name: "Add" }));
    expect(await screen.findByText("qa.json has 13 records now.")).toBeVisible();
    expect(screen.getByRole("link", { name: "Look at it and train on it" })).toHaveAttribute("href", "/train?dataset=qa.json");
    expect(sent).toEqual([
      {
        name: "qa.json",
        body: {
          messages: [
            { role: "user", content: "What is force?" },
            { role: "assistant", content: "A push." },
          ],
        },
      },
    ]);
  });

  it("goes into a new dataset by its name, and a refusal is shown where it can be mended", async () => {
    server.use(
      http.post(`${SERVICE}/datasets/:name/records`, ({ params }) =>
        HttpResponse.json({ title: "No", status: 422, detail: `${String(params.name)} is no name for a dataset.` }, { status: 422 }),
      ),
    );
    const page = await openPage();
    await answered(page);
    const dialog = await openDialog(page, "tiny");
    await page.user.clear(within(dialog).getByRole("textbox", { name: /Name of the new dataset/ }));
    await page.user.type(within(dialog).getByRole("textbox", { name: /Name of the new dataset/ }), "my notes");
    expect(within(dialog).getByText("It becomes my notes.json in the data folder.")).toBeVisible();
    await page.user.click(within(dialog).getByRole("button", { name: "Add" }));
    expect(await within(dialog).findByRole("alert")).toHaveTextContent("my notes.json is no name for a dataset.");
  });

  it("takes what was said before with it when that is wanted", async () => {
    const sent: { messages: unknown[] }[] = [];
    server.use(
      http.post(`${SERVICE}/datasets/:name/records`, async ({ request }) => {
        sent.push((await request.json()) as { messages: unknown[] });
        return HttpResponse.json({ name: "playground.json", records: 1 }, { status: 201 });
      }),
    );
    const page = await openPage("/?model=physics");
    for (const text of ["One.", "Two."]) {
      await ask(page, "And?", 1);
      page.answers.finish("physics", text);
      await screen.findByText(text);
    }
    await page.user.click(within(cell("physics", 1)).getByRole("button", { name: "Add to dataset" }));
    const dialog = await screen.findByRole("dialog", { name: "Add to a dataset" });
    await page.user.click(within(dialog).getByRole("radio", { name: "With all that was said before" }));
    await page.user.click(within(dialog).getByRole("button", { name: "Add" }));
    expect(await screen.findByText("playground.json has 1 record now.")).toBeVisible();
    expect(sent[0]?.messages).toHaveLength(4);
  });
});

it("offers questions from what the adapter has learnt", async () => {
  const messages = [{ role: "user", content: "What is a watt?" }];
  server.use(
    http.get(`${SERVICE}/datasets/:name/preview`, () =>
      HttpResponse.json({ name: "qa.json", recognised: "", total: 1, problems: [], rows: [{ index: 0, raw: {}, messages, text: "", segments: [] }] }),
    ),
  );
  const { user } = await openPage("/?model=physics");
  await user.click(await screen.findByRole("button", { name: "What is a watt?" }));
  expect(screen.getByRole("textbox", { name: "Question" })).toHaveValue("What is a watt?");
});
