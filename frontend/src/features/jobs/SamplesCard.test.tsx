import { fireEvent, screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, it } from "vitest";

import { SamplesCard } from "@/features/jobs/SamplesCard";
import { DETAIL } from "@/testing/fixtures";
import { renderPage } from "@/testing/render-page";
import { server, SERVICE } from "@/testing/server";

const sample = (step: number, answer: string) => ({ step, prompt: "Unit of force?", answer, reference: "newton", seconds: 0.1 });

function open(address = "/here") {
  server.use(http.get(`${SERVICE}/jobs/j1/samples`, () => HttpResponse.json({ samples: [sample(0, "It is hertz."), sample(20, "joule"), sample(40, "newton!")] })));
  renderPage(<SamplesCard job={{ ...DETAIL, samples_bytes: 12 }} />, address);
}

it("shows the newest answer between the base's and the dataset's, and any other by its step", async () => {
  open();
  const question = await screen.findByRole("region", { name: "Unit of force?" });
  expect(within(question).getByText("It is hertz.")).toBeVisible();
  expect(within(question).getByText("After step 40")).toBeVisible();
  expect(within(question).getByText("newton!")).toBeVisible();
  expect(within(question).getByText("newton")).toBeVisible();
  const scrubber = screen.getByRole("slider", { name: "Step of the sample answers" });
  expect(scrubber).toHaveAttribute("aria-valuetext", "step 40");
  fireEvent.change(scrubber, { target: { value: 1 } });
  expect(within(question).getByText("joule")).toBeVisible();
  expect(within(question).queryByText("newton!")).not.toBeInTheDocument();
});

it("opens at the step that the address names", async () => {
  open("/here?sample=25");
  expect(await screen.findByText("After step 20")).toBeVisible();
});
