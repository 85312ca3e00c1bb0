import { screen } from "@testing-library/react";
import { expect, it } from "vitest";

import type { JsonObject } from "@/api/types";
import { ResultCard } from "@/features/jobs/ResultCard";
import { OUTCOME } from "@/testing/estimates";
import { renderPage } from "@/testing/render-page";

const RESULT: JsonObject = { adapter_name: "physics", path: "models/physics", final_loss: 0.25, ...OUTCOME };

function figure(label: string) {
  return screen.getByText(label).parentElement;
}

it("shows what was predicted beside what came, and how fast it was", () => {
  renderPage(<ResultCard result={RESULT} />);
  expect(figure("Took")).toHaveTextContent("43 s predicted about 40 s");
  expect(figure("Peak memory")).toHaveTextContent("640 MB predicted 612 MB");
  expect(figure("Tokens/s")).toHaveTextContent("1,235");
  expect(figure("Matrix products")).toHaveTextContent("61 % of what the device can do");
  expect(screen.getByRole("link", { name: "How earlier predictions came true" })).toHaveAttribute("href", "/estimates");
});

it.each([
  ["was resumed", { is_whole: false }],
  ["stopped early", { steps: 90 }],
])("holds no predicted time against a run that %s", (_, changes) => {
  renderPage(<ResultCard result={{ ...RESULT, ...changes }} />);
  expect(figure("Took")).toHaveTextContent(/^Took43 s$/);
  expect(figure("Peak memory")).toHaveTextContent("predicted 612 MB");
});

it("leaves out what was not predicted, and what a run from before did not record", () => {
  const { unmount } = renderPage(<ResultCard result={{ ...RESULT, matmul_share: null, estimate: { ...OUTCOME.estimate, seconds: null } }} />);
  expect(figure("Took")).toHaveTextContent(/^Took43 s$/);
  expect(screen.queryByText("Matrix products")).not.toBeInTheDocument();
  unmount();
  renderPage(<ResultCard result={{ adapter_name: "old", final_loss: 0.5, steps: 10, seconds: 12 }} />);
  expect(figure("Took")).toHaveTextContent(/^Took12 s$/);
  expect(screen.queryByText(/predict/)).not.toBeInTheDocument();
});
