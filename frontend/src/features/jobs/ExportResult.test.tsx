import { screen } from "@testing-library/react";
import { expect, it } from "vitest";

import { ExportResult } from "@/features/jobs/ExportResult";
import { renderPage } from "@/testing/render-page";

it("shows where it would be asked otherwise, and how it is served", () => {
  const result = {
    lines: ["Asked otherwise than trained in 3 of 24 places:", "  chat, a question, answer 1: from token 1 on"],
    commands: { vLLM: "vllm serve base --enable-lora" },
  };
  renderPage(<ExportResult result={result} />);
  expect(screen.getByText(/chat, a question, answer 1: from token 1 on/)).toBeVisible();
  expect(screen.getByText(/vllm serve base --enable-lora/)).toBeVisible();
});
