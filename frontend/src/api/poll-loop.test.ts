import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { contact } from "@/api/contact";
import { Problem } from "@/api/problem";
import { retryDelay, startPolling } from "@/api/poll-loop";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  setHidden(false);
  vi.useRealTimers();
});

function setHidden(hidden: boolean) {
  Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}

const after = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

it("asks again only after the answer came", async () => {
  let answer: (delay: number) => void = () => {};
  const ask = vi.fn(() => new Promise<number>((resolve) => (answer = resolve)));
  const polling = startPolling({ ask, onFailure: () => true });
  await after(10_000);
  expect(ask).toHaveBeenCalledTimes(1);
  answer(2000);
  await after(1999);
  expect(ask).toHaveBeenCalledTimes(1);
  await after(1);
  expect(ask).toHaveBeenCalledTimes(2);
  polling.stop();
});

it("stops when there is nothing more to come, and looks again on request", async () => {
  const ask = vi.fn(async () => null);
  const polling = startPolling({ ask, onFailure: () => true });
  await after(60_000);
  expect(ask).toHaveBeenCalledTimes(1);
  polling.now();
  await after(0);
  expect(ask).toHaveBeenCalledTimes(2);
  polling.stop();
});

it("slows down after failures and recovers", async () => {
  const ask = vi.fn<() => Promise<number>>().mockRejectedValueOnce(new Problem("no answer", 0)).mockResolvedValue(2000);
  const onFailure = vi.fn(() => true);
  const polling = startPolling({ ask, onFailure });
  await after(0);
  expect(onFailure).toHaveBeenCalledOnce();
  await after(700);
  expect(ask).toHaveBeenCalledTimes(2);
  polling.stop();
});

it("gives up where asking again makes no sense", async () => {
  const ask = vi.fn(() => Promise.reject(new Problem("gone", 404)));
  const polling = startPolling({ ask, onFailure: (problem) => problem.status !== 404 });
  await after(60_000);
  expect(ask).toHaveBeenCalledTimes(1);
  polling.stop();
});

it("asks seldom while hidden, and at once on return", async () => {
  const ask = vi.fn(async () => 1000);
  setHidden(true);
  const polling = startPolling({ ask, onFailure: () => true });
  await after(14_000);
  expect(ask).toHaveBeenCalledTimes(1);
  setHidden(false);
  await after(0);
  expect(ask).toHaveBeenCalledTimes(2);
  polling.stop();
});

it("asks no more once stopped, not even in the middle of an answer", async () => {
  let signal: AbortSignal | undefined;
  const polling = startPolling({
    ask: (given) => {
      signal = given;
      return Promise.resolve(100);
    },
    onFailure: () => true,
  });
  polling.stop();
  await after(60_000);
  expect(signal?.aborted).toBe(true);
});

it.each([
  [1, 500],
  [2, 1000],
  [4, 4000],
  [20, 30_000],
])("waits longer with each failure: the %sth", (failures, delay) => expect(retryDelay(failures, 0.5)).toBe(delay));

it("asks once more when it is told to look while it is asking: that answer may be older than what is looked for", async () => {
  let answer: (delay: number) => void = () => {};
  const ask = vi.fn(() => new Promise<number>((resolve) => (answer = resolve)));
  const polling = startPolling({ ask, onFailure: () => true });
  polling.now();
  await after(10_000);
  expect(ask).toHaveBeenCalledTimes(1);
  answer(60_000);
  await after(0);
  expect(ask).toHaveBeenCalledTimes(2);
  polling.stop();
});

it("says how long it waits after a failure, and waits no longer once somebody else was answered", async () => {
  const ask = vi.fn<() => Promise<number>>().mockRejectedValue(new Problem("no answer", 0));
  const waits: number[] = [];
  const polling = startPolling({ ask, onFailure: () => true, onRetry: (inMs) => waits.push(inMs) });
  await after(10_000);
  expect(waits.length).toBeGreaterThan(2);
  contact.reportSilence();
  contact.reportSilence();
  const asked = ask.mock.calls.length;
  contact.reportAnswer();
  await after(0);
  expect(ask).toHaveBeenCalledTimes(asked + 1);
  polling.stop();
});
