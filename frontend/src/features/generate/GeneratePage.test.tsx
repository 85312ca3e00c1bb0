import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, it } from "vitest";

import GeneratePage from "@/features/generate/GeneratePage";
import { branchesOf } from "@/features/generate/PlanCard";
import { DETAIL } from "@/testing/fixtures";
import { GENERATE, PLAN, ROWS } from "@/testing/generation";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

const sent: [string, unknown][] = [];

beforeEach(() => {
  sent.length = 0;
  const take = (job: string) => async ({ request }: { request: Request }) => {
    sent.push([new URL(request.url).pathname, await request.json()]);
    return HttpResponse.json({ job_id: job, status: "queued" }, { status: 202 });
  };
  server.use(
    http.get(`${SERVICE}/job-kinds`, () => HttpResponse.json({ job_kinds: [GENERATE] })),
    http.post(`${SERVICE}/datasets/generate/plan`, () => HttpResponse.json(PLAN)),
    http.post(`${SERVICE}/datasets/generate/sample`, take("s1")),
    http.post(`${SERVICE}/datasets/generate`, take("j1")),
    http.get(`${SERVICE}/jobs/s1/status`, () => HttpResponse.json({ ...DETAIL, job_id: "s1", kind: "generate", status: "succeeded", params: { sample: true, topic: "waves" } })),
    http.get(`${SERVICE}/jobs/s1/rows`, ({ request }) => HttpResponse.json({ rows: request.url.endsWith("cursor=0") ? ROWS : [], next: 2, behind: false })),
  );
});

async function openPage(address = "/generate") {
  renderPage(<GeneratePage />, address);
  await screen.findByRole("textbox", { name: "Topic" });
  return userEvent.setup();
}

it("shows plan, cost and a sample before the whole is written", async () => {
  const user = await openPage();
  expect(screen.getByRole("button", { name: "Say what it is about" })).toBeVisible();
  expect(screen.getByRole("button", { name: "Write a sample" })).toBeDisabled();
  await user.click(screen.getByRole("button", { name: "Say what it is about" }));
  await waitFor(() => expect(screen.getByRole("textbox", { name: "Topic" })).toHaveFocus());
  await user.type(screen.getByRole("textbox", { name: "Topic" }), "physics");
  const plan = await screen.findByRole("region", { name: "Subtopics of the plan" });
  expect(within(plan).getByText("forces")).toBeVisible();
  expect(screen.getByText("$0.004")).toBeVisible();
  expect(screen.getByText("Calls: counted from the plan.")).toBeVisible();
  expect(screen.getByText("easy 2 · medium 5")).toBeVisible();
  expect(screen.getByText("No key is set.")).toBeVisible();

  await user.click(screen.getByRole("button", { name: "Write a sample" }));
  expect(await screen.findByText("A push or a pull.")).toBeVisible();
  expect(screen.getByRole("link", { name: "The sample's own page" })).toHaveAttribute("href", "/jobs/s1");
  expect(screen.getByRole("button", { name: "Write another sample" })).toBeVisible();
  expect(screen.getByRole("textbox", { name: "Topic" })).toHaveValue("physics");

  await user.click(screen.getByRole("button", { name: "Write the dataset" }));
  expect(await screen.findByText("arrived at a job")).toBeVisible();
  expect(sent).toEqual([
    ["/datasets/generate/sample", { topic: "physics" }],
    ["/datasets/generate", { topic: "physics" }],
  ]);
});

it("says why a sample was refused, and shows one again after a reload", async () => {
  server.use(http.post(`${SERVICE}/datasets/generate/sample`, () => HttpResponse.json({ title: "No", detail: "There is no key." }, { status: 422 })));
  const user = await openPage("/generate?sample=s1");
  expect(await screen.findByText("A push or a pull.")).toBeVisible();
  expect(screen.getByRole("textbox", { name: "Topic" })).toHaveValue("waves"); // the form is as it was when the sample was written
  expect(screen.queryByRole("button", { name: "Reject record 1" })).toBeNull(); // nothing will be made of a sample
  await waitFor(() => expect(screen.getByRole("button", { name: "Write another sample" })).toBeEnabled());
  await user.click(screen.getByRole("button", { name: "Write another sample" }));
  expect(await screen.findByText("There is no key.")).toBeVisible();
});

it("writes from documents that are there or brought here, and against datasets", async () => {
  const names: (string | null)[] = [];
  server.use(
    http.post(`${SERVICE}/documents`, ({ request }) => {
      const name = new URL(request.url).searchParams.get("name");
      names.push(name);
      if (name === "empty.txt") return HttpResponse.json({ title: "No", detail: "empty.txt holds no text." }, { status: 422 });
      return HttpResponse.json({ name, size_bytes: 9, pieces: 1, characters: 9 }, { status: 201 });
    }),
  );
  const user = await openPage();
  await user.selectOptions(await screen.findByRole("combobox", { name: "Documents" }), await screen.findByRole("option", { name: /^notes\.md/ }));
  const picker = screen.getByLabelText("File to upload");
  await user.upload(picker, new File([""], "empty.txt"));
  expect(await screen.findByText("empty.txt holds no text.")).toBeVisible();
  await user.upload(picker, new File(["Some text"], "book.txt"));
  expect(await screen.findByText("book.txt was read: 9 characters in 1 piece.")).toBeVisible();
  expect(screen.getByRole("button", { name: "Upload" })).toBeDisabled(); // two at most
  await user.selectOptions(screen.getByRole("combobox", { name: "Add a dataset to Against" }), "data/qa.json");
  await waitFor(() => expect(screen.getByRole("button", { name: "Write the dataset" })).toBeVisible()); // without a topic
  await user.click(screen.getByRole("button", { name: "Write the dataset" }));
  expect(await screen.findByText("arrived at a job")).toBeVisible();
  expect(sent).toEqual([["/datasets/generate", { documents: ["notes.md", "book.txt"], against: ["data/qa.json"] }]]);
  expect(names).toEqual(["empty.txt", "book.txt"]);
});

it("says when the form cannot be read", async () => {
  server.use(http.get(`${SERVICE}/job-kinds`, () => HttpResponse.json({ title: "No", detail: "Not here." }, { status: 404 })));
  renderPage(<GeneratePage />);
  expect(await screen.findByText("Not here.")).toBeVisible();
});

it("counts the subtopics by what they are part of", () => {
  expect(branchesOf(PLAN.leaves).map(({ name, count, leaves }) => [name, count, leaves.length])).toEqual([
    ["mechanics", 6, 2],
    ["waves", 1, 0],
  ]);
});
