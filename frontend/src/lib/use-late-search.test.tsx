import { act, renderHook } from "@testing-library/react";
import { BrowserRouter } from "react-router";
import { beforeEach, expect, it } from "vitest";

import { useLateSearch } from "@/lib/use-late-search";

const withLine = () => new URLSearchParams("line=7");

beforeEach(() => window.history.replaceState(null, "", "/jobs/1"));

it("writes into the address of the page, without a step back", () => {
  const steps = window.history.length;
  const { result } = renderHook(useLateSearch, { wrapper: BrowserRouter });
  act(() => result.current[1](withLine));
  expect(`${window.location.pathname}${window.location.search}`).toBe("/jobs/1?line=7");
  expect(result.current[0].get("line")).toBe("7");
  expect(window.history.length).toBe(steps);
});

it("leads nobody back who is on the way to another page", () => {
  const { result } = renderHook(useLateSearch, { wrapper: BrowserRouter });
  window.history.pushState(null, "", "/train"); // a link was followed, and its page is being loaded
  act(() => result.current[1](withLine));
  expect(`${window.location.pathname}${window.location.search}`).toBe("/train");
});
