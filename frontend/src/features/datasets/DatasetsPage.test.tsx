import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, it } from "vitest";

import { nameOf, uploads } from "@/api/dataset-uploads";
import DatasetsPage from "@/features/datasets/DatasetsPage";
import { UNRECOGNISED } from "@/testing/datasets";
import { DATASET } from "@/testing/fixtures";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

it("lists what there is and what has to be seen to, and takes files in one after the other", async () => {
  const names: (string | null)[] = [];
  server.use(
    http.get(`${SERVICE}/datasets`, () => HttpResponse.json({ datasets: [{ ...DATASET, problems: 3, used_by: 2, in_use: true }, UNRECOGNISED] })),
    http.post(`${SERVICE}/datasets`, ({ request }) => {
      const name = new URL(request.url).searchParams.get("name");
      names.push(name);
      if (name === "bad.json") return HttpResponse.json({ title: "No", detail: "bad.json is not JSON: line 1." }, { status: 422 });
      return HttpResponse.json({ ...DATASET, name, recognised: `${name}: JSON with 2 questions.` }, { status: 201 });
    }),
  );
  renderPage(<DatasetsPage />);
  const user = userEvent.setup();
  expect(await screen.findByRole("link", { name: "3 records cannot be used" })).toHaveAttribute("href", "/datasets/qa.json/problems");
  expect(screen.getByText("2 jobs, now")).toBeVisible();
  expect(screen.getByText("Its columns have to be named")).toBeVisible();
  const files = [new File(["[]"], "my data.json"), new File(["[{"], "bad.json")];
  await user.upload(screen.getByLabelText("Files to upload"), files);
  expect(await screen.findByText("bad.json is not JSON: line 1.")).toBeVisible();
  expect(screen.getByText(/my-data.json: JSON with 2 questions./)).toBeVisible();
  expect(screen.getByRole("link", { name: "Look at it" })).toHaveAttribute("href", "/datasets/my-data.json");
  expect(names).toEqual(["my-data.json", "bad.json"]);
  await user.click(screen.getByRole("button", { name: "Clear bad.json from the list" }));
  await user.click(screen.getByRole("button", { name: "Clear my-data.json from the list" }));
  await waitFor(() => expect(uploads.get()).toEqual([]));
  await user.click(screen.getByRole("button", { name: "Actions for qa.json" }));
  expect(screen.getByRole("menuitem", { name: /^Delete…/ })).toHaveAttribute("aria-disabled", "true");
});

it("leads somewhere when there is nothing", async () => {
  server.use(http.get(`${SERVICE}/datasets`, () => HttpResponse.json({ datasets: [] })));
  renderPage(<DatasetsPage />);
  expect(await screen.findByText("No datasets yet")).toBeVisible();
});

it.each([
  ["my data (1).json", "my-data-1-.json"],
  [".hidden.csv", "hidden.csv"],
  ["Übung.json", "U-bung.json"],
  ["…", "dataset"],
])("a file called %s is sent as %s", (name, sent) => expect(nameOf({ name })).toBe(sent));
