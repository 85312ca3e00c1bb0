import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { beforeEach, expect, it } from "vitest";

import DatasetPage from "@/features/datasets/DatasetPage";
import { COLUMNS, REPORT, ROWS, UNRECOGNISED } from "@/testing/datasets";
import { DATASET, KIND } from "@/testing/fixtures";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

const sent: unknown[] = [];
const asked: string[] = [];
const CHANGED = { ...DATASET, version: "v2", undo: "token", removed: 1 };

beforeEach(() => {
  sent.length = 0;
  asked.length = 0;
  const tell = async (request: Request) => {
    const text = await request.text();
    sent.push([request.method, request.url.replace(SERVICE, ""), text && JSON.parse(text)]);
    return HttpResponse.json(CHANGED);
  };
  server.use(
    http.get(`${SERVICE}/datasets`, () => HttpResponse.json({ datasets: [DATASET, UNRECOGNISED, { ...DATASET, name: "held_out.json" }] })),
    http.get(`${SERVICE}/datasets/:name/preview`, ({ request }) => {
      asked.push(new URL(request.url).search);
      return HttpResponse.json(ROWS);
    }),
    http.get(`${SERVICE}/datasets/:name/report`, ({ request }) => {
      const against = new URL(request.url).searchParams.get("against");
      return HttpResponse.json(against ? { ...REPORT, leaked: 1, leakage: { questions: 5, leaks: [{ index: 2, other: 4 }] } } : REPORT);
    }),
    http.get(`${SERVICE}/datasets/:name/problems`, () =>
      HttpResponse.json({ total: 1, problems: [{ index: 12, field: "output", message: "is missing", is_fatal: true, raw: { input: "x" } }] }),
    ),
    http.get(`${SERVICE}/datasets/:name/columns`, () => HttpResponse.json(COLUMNS)),
    http.put(`${SERVICE}/datasets/:name/records/:index`, ({ request }) => tell(request)),
    http.delete(`${SERVICE}/datasets/:name/records`, ({ request }) => tell(request)),
    http.post(`${SERVICE}/datasets/:name/columns`, ({ request }) => tell(request)),
    http.post(`${SERVICE}/datasets/:name/deduplicate`, ({ request }) => tell(request)),
  );
});

function open(address: string) {
  renderPage(
    <Routes>
      <Route path="/datasets/:name" element={<DatasetPage />} />
      <Route path="/datasets/:name/:tab" element={<DatasetPage />} />
    </Routes>,
    address,
  );
  return userEvent.setup();
}

it("shows records in four views and corrects one, as the file was seen", async () => {
  const user = open("/datasets/qa.json");
  const record = await screen.findByRole("listitem", { name: "Record 0" });
  expect(record).toHaveTextContent("assistantAnswer 0.");
  await user.click(screen.getByRole("radio", { name: "Raw" }));
  expect(await screen.findByRole("region", { name: "Record 0 as it stands in the file" })).toHaveTextContent('"input": "Question 0?"');
  await user.click(screen.getByRole("radio", { name: "Rendered" }));
  expect(await screen.findByText("Answer 0.", { selector: "mark" })).toBeVisible();

  record.focus();
  await user.keyboard("je");
  const dialog = await screen.findByRole("dialog", { name: "Record 1" });
  const output = within(dialog).getByRole("textbox", { name: "output" });
  await user.clear(output);
  await user.type(output, "Better, j and k.");
  await user.click(within(dialog).getByRole("button", { name: "Save" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(sent).toEqual([["PUT", "/datasets/qa.json/records/1", { record: { input: "Question 1?", output: "Better, j and k." }, version: "v1" }]]);
});

it("keeps what was typed when it is refused, and says JSON's mistakes beside it", async () => {
  server.use(http.put(`${SERVICE}/datasets/:name/records/:index`, () => HttpResponse.json({ title: "No", detail: "qa.json was changed since you saw it." }, { status: 409 })));
  const user = open("/datasets/qa.json");
  await user.click(await screen.findByRole("button", { name: "Edit record 0" }));
  await user.click(await screen.findByRole("radio", { name: "JSON" }));
  const whole = screen.getByRole("textbox", { name: "The whole record as JSON" });
  await user.clear(whole);
  await user.type(whole, "[[1]");
  expect(screen.getByText("A record is an object: { … }.")).toBeVisible();
  expect(screen.getByRole("button", { name: "Save" })).toBeDisabled();
  await user.clear(whole);
  await user.type(whole, '{{"input": "a", "output": "b"}');
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("qa.json was changed since you saw it.")).toBeVisible();
  expect(whole).toHaveValue('{"input": "a", "output": "b"}');
});

it("deletes a record by a key, and searches", async () => {
  const user = open("/datasets/qa.json");
  (await screen.findByRole("listitem", { name: "Record 0" })).focus();
  await user.keyboard("{Delete}");
  await waitFor(() => expect(sent).toEqual([["DELETE", "/datasets/qa.json/records?index=0&version=v1", ""]]));
  await user.type(screen.getByRole("searchbox", { name: "Search in the records" }), "force");
  await waitFor(() => expect(asked.at(-1)).toContain("q=force"));
});

it("tells what each max_length cuts, without asking again", async () => {
  server.use(http.get(`${SERVICE}/job-kinds`, () => HttpResponse.json({ job_kinds: [{ ...KIND, schema: { properties: { max_length: { default: 10 } } } }] })));
  open("/datasets/qa.json/lengths");
  const slider = await screen.findByRole("slider", { name: /^Cut at a max_length of 10 tokens/ });
  expect(screen.getByText("50 % truncated, 39.3 % of tokens supervised")).toBeVisible();
  expect(screen.getByRole("img", { name: /^Lengths of 12 examples: median 10, longest 12 tokens/ })).toBeVisible();
  fireEvent.change(slider, { target: { value: "0" } });
  expect(screen.getByText(/^91.7 % truncated, 25 % of tokens supervised, 2 left out/)).toBeVisible();
  expect(screen.getByRole("link", { name: "Use this max_length" })).toHaveAttribute("href", "/train?dataset_path=data%2Fqa.json&max_length=8");
});

it("lists problems with what stands there", async () => {
  open("/datasets/qa.json/problems");
  expect(await screen.findByText(/No run starts while records cannot be read/)).toBeVisible();
  expect(screen.getByRole("region", { name: "Record 12 as it stands in the file" })).toHaveTextContent('{ "input": "x" }');
});

it("keeps the first of what is said twice, and holds another dataset against it", async () => {
  const user = open("/datasets/qa.json/duplicates");
  await user.click(await screen.findByRole("button", { name: "Keep the first, record 3, and delete the others" }));
  await user.click(screen.getByRole("button", { name: "Remove all 1 duplicate" }));
  await waitFor(() => expect(sent).toHaveLength(2));
  expect(sent).toEqual([
    ["DELETE", "/datasets/qa.json/records?index=7&version=v1", ""],
    ["POST", "/datasets/qa.json/deduplicate", { near: false, version: "v1" }],
  ]);
  expect(screen.getByText(/90 % alike or more/)).toBeVisible();
  await user.selectOptions(await screen.findByRole("combobox", { name: /^Questions that are also in/ }), "held_out.json");
  expect(await screen.findByText("1 of its 5 questions are here too.")).toBeVisible();
});

it("has columns named that nobody knows, once they have been tried", async () => {
  const user = open("/datasets/de.csv");
  await user.selectOptions(await screen.findByRole("combobox", { name: "What is asked input" }), "Frage");
  await user.selectOptions(screen.getByRole("combobox", { name: "The answer to learn output" }), "Antwort");
  expect(await screen.findByRole("status", { name: "The first records with these columns" })).toHaveTextContent("Answer 1.");
  expect(asked.at(-1)).toContain("column_mapping=input%3DFrage&column_mapping=output%3DAntwort");
  await user.click(screen.getByRole("button", { name: "Name the columns" }));
  await waitFor(() => expect(sent).toEqual([["POST", "/datasets/de.csv/columns", { column_mapping: { input: "Frage", output: "Antwort" }, version: "v1" }]]));
});

it("says what is not there", async () => {
  open("/datasets/gone.json");
  expect(await screen.findByText("No dataset gone.json")).toBeVisible();
});
