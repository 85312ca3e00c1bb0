import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import type { Estimate } from "@/api/types";
import { formSpec } from "@/components/schema-form/form-spec";
import { EstimateCard } from "@/features/train/EstimateCard";
import { ESTIMATES } from "@/testing/estimates";
import { ESTIMATE, KIND } from "@/testing/fixtures";
import { renderPage } from "@/testing/render-page";

function show(changes: Partial<Estimate>) {
  const estimate = { ...ESTIMATE, ...changes };
  return renderPage(<EstimateCard estimate={{ estimate, error: null, pending: false, waiting: false }} />);
}

it.each([
  [8e9, "Fits"],
  [2.2e9, "Tight"],
  [1.9e9, "Does not fit"],
])("tells in words whether 2 GB fit into %d bytes", (available_bytes, words) => {
  show({ memory: { ...ESTIMATE.memory, available_bytes } });
  expect(screen.getByText(words)).toBeVisible();
});

it("judges nothing where nobody knows how much is free", () => {
  show({ memory: { ...ESTIMATE.memory, available_bytes: null } });
  expect(screen.getByRole("img", { name: "Memory: 2.0 GB" })).toBeVisible();
  expect(screen.queryByText("Fits")).not.toBeInTheDocument();
});

it("names the parts of the memory, and says what each is", () => {
  show({});
  const names = ["Weights", "Adapter", "Optimiser", "Activations", "Logits", "Runtime"];
  for (const name of names) expect(screen.getByText(name).closest("li")).toHaveAttribute("title", expect.stringMatching(/\.$/));
});

it("tells the course of the run, its disk, and what moves a part of the memory", async () => {
  const user = userEvent.setup();
  const { fields } = formSpec(KIND.schema, KIND.groups);
  const gone: string[] = [];
  renderPage(<EstimateCard estimate={{ estimate: ESTIMATE, error: null, pending: false, waiting: false }} fields={fields} onGo={(name) => gone.push(name)} />);
  expect(screen.getByText("4 × 4 = 16 a step · 321 steps · 10 of warm-up · 2 checkpoints")).toBeVisible();
  expect(screen.getByText("Disk: needs 1.4 GB, 3.2 GB free")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Activations" }));
  await user.click(screen.getByRole("button", { name: "Patience" }));
  expect(gone).toEqual(["patience"]);
});

it("says what became of earlier predictions, and leads to them once there are any", () => {
  const { unmount } = show({ history: ESTIMATES.summary });
  expect(screen.getByText(/^Of 2 runs that ended here/)).toBeVisible();
  expect(screen.getByRole("link", { name: "See every run" })).toHaveAttribute("href", "/estimates");
  unmount();
  show({ history: { runs: 0, memory_ratio: null, time_ratio: null, sentence: "No run has ended yet." } });
  expect(screen.getByText("No run has ended yet.")).toBeVisible();
  expect(screen.queryByRole("link")).not.toBeInTheDocument();
});
