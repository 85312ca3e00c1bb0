import { screen } from "@testing-library/react";
import { expect, it } from "vitest";

import type { JobDetail, JsonObject } from "@/api/types";
import { FailurePanel } from "@/features/jobs/FailurePanel";
import { MergeResult } from "@/features/jobs/MergeResult";
import { parentsOf, triedBeside } from "@/features/jobs/merge-result";
import { DETAIL } from "@/testing/fixtures";
import { renderPage } from "@/testing/render-page";

const PROOF = {
  passed: true, reason: "", logit_error: 0.0151, agreement: 0.985, prompts: 64, lines: ["Proof passed."],
  perplexity: [{ adapter: "physics", data: "validation split of qa.json", parent: 1.01, merged: 1.02, base: 56.5 }],
};
const RESULT: JsonObject = {
  path: "models/both", name: "both", kind: "adapter", method: "sum", rank: 26, lines: ["Merged 28 layers.", "Proof passed."],
  energy_kept: { median: 0.999, least: 0.95 }, proof: PROOF, registered: true,
};

function job(changes: Partial<JobDetail>): JobDetail {
  const params = { adapters: ["physics:0.7", "history:0.3"], method: "sum" };
  return { ...DETAIL, kind: "merge", name: "both", params, result: RESULT, status: "succeeded", ...changes };
}

it("shows what came out, the proof beside the parents, and the way to try it", () => {
  renderPage(<MergeResult job={job({})} result={RESULT} />);
  expect(screen.getByText("0.7 × physics + 0.3 × history")).toBeVisible();
  expect(screen.getByText("98.5 %")).toBeVisible();
  expect(screen.getByText("0.0151")).toBeVisible();
  expect(screen.getByRole("row", { name: /^physics/ })).toHaveTextContent(/1\.01.*1\.02.*56\.5/);
  expect(screen.getByText("Merged 28 layers.")).toBeVisible();
  expect(screen.queryByText("Proof passed.")).toBeNull(); // the proof's card says it
  expect(screen.getByRole("link", { name: "Try it beside its parents" })).toHaveAttribute("href", "/playground?model=both&model=physics&model=history");
});

it("offers a merge that fell short to nobody, and says where it lies", () => {
  const result = { ...RESULT, path: "models/both.failed-proof", registered: false, proof: { ...PROOF, passed: false, reason: "Too far off." } };
  const failed = job({ status: "failed", reason: "exit_code", error: "It is kept aside.", logs: ["error: It is kept aside."], result });
  renderPage(
    <>
      <FailurePanel job={failed} />
      <MergeResult job={failed} result={result} />
    </>,
  );
  expect(screen.getByText("The merge did not pass its proof")).toBeVisible();
  expect(screen.getByText("not passed")).toBeVisible();
  expect(screen.getByText("Too far off.")).toBeVisible();
  expect(screen.getByText("models/both.failed-proof")).toBeVisible();
  expect(screen.getAllByRole("link").map(({ textContent }) => textContent)).toEqual(["Show it in the log"]);
});

it("offers a merge that nobody was to know of to nobody either, but a whole model needs no registry", () => {
  renderPage(<MergeResult job={job({})} result={{ ...RESULT, registered: false }} />);
  expect(screen.queryByRole("link")).toBeNull();
  renderPage(<MergeResult job={job({})} result={{ ...RESULT, kind: "model", rank: null, energy_kept: null, registered: false, proof: null }} />);
  expect(screen.getByRole("link", { name: "Try it beside its parents" })).toBeVisible();
  expect(screen.queryByRole("link", { name: "Open adapter" })).toBeNull();
});

it("asks four models at most, and each once", () => {
  const parents = parentsOf({ adapters: ["a:1", "a:0.5", "b", "c:1", "d:1"] });
  expect(parents[2]).toEqual({ name: "b", text: "1 × b" });
  expect(triedBeside("all", parents)).toBe("model=all&model=a&model=b&model=c");
});
