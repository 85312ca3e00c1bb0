import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { useChange } from "@/lib/use-change";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("tells for a while by how much a figure has changed, also over a gap", () => {
  const { result, rerender } = renderHook(useChange, { initialProps: 2 as number | undefined });
  expect(result.current).toBeNull();
  rerender(5);
  expect(result.current).toBe(3);
  rerender(undefined);
  rerender(4);
  expect(result.current).toBe(-1);
  act(() => vi.runAllTimers());
  expect(result.current).toBeNull();
});

it("tells of no change where nothing was known before", () => {
  const { result, rerender } = renderHook(useChange, { initialProps: null as number | null });
  rerender(5);
  expect(result.current).toBeNull();
});
