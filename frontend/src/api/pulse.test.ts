import { QueryClient } from "@tanstack/react-query";
import { http, HttpResponse } from "msw";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { contact } from "@/api/contact";
import { pulse } from "@/api/pulse";
import { JOB } from "@/testing/fixtures";
import { PULSE } from "@/testing/pulse";
import { server, SERVICE } from "@/testing/server";

let stop = () => {};
let asked: unknown[] = [];

beforeEach(() => {
  pulse.take(null);
  contact.reportAnswer();
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

/** A service that tells these pulses, one after the other; the last of them again and again. */
function begin(...answers: (object | "silence")[]) {
  asked = [];
  const queries = new QueryClient();
  vi.spyOn(queries, "invalidateQueries").mockImplementation((filter) => {
    asked.push(filter?.queryKey ?? "everything");
    return Promise.resolve();
  });
  let at = 0;
  server.use(
    http.get(`${SERVICE}/pulse`, () => {
      const answer = answers[Math.min(at++, answers.length - 1)];
      return answer === "silence" ? HttpResponse.error() : HttpResponse.json({ ...PULSE, next_in_ms: 5, ...answer });
    }),
  );
  stop = pulse.start(queries);
  return () => vi.waitFor(() => expect(at).toBeGreaterThan(answers.length), 3000);
}

it("asks for nothing again while nothing has changed", async () => {
  await begin({}, {})();
  expect(asked).toEqual([]);
  expect(pulse.get()?.server_id).toBe(PULSE.server_id);
});

it("has the jobs asked for again with every new revision", async () => {
  await begin({ revision: "1" }, { revision: "2" }, { revision: "2" })();
  expect(asked).toEqual([["jobs"]]);
});

it("has everything asked for again when a run has ended, for it has made something", async () => {
  await begin({ revision: "1" }, { revision: "2", ended: [{ ...JOB, status: "succeeded", finished_at: PULSE.now }] })();
  expect(asked).toEqual(["everything"]);
});

it("has everything asked for again when another service answers", async () => {
  await begin({ server_id: "a" }, { server_id: "b" })();
  expect(asked).toEqual(["everything"]);
});

it("has everything asked for again once the service is back, and says meanwhile when it tries next", async () => {
  const told: boolean[] = [];
  const unsubscribe = contact.subscribe(() => told.push(contact.get().lost && contact.get().nextTry !== null));
  await begin({}, "silence", "silence", {})();
  unsubscribe();
  expect(asked).toEqual(["everything"]);
  expect(told).toContain(true);
  expect(contact.get()).toEqual({ lost: false, since: null, nextTry: null });
});

it("forgets what was told when it is ended", async () => {
  await begin({})();
  stop();
  expect(pulse.get()).toBeNull();
});

it("stops where a token is asked for", async () => {
  vi.useFakeTimers();
  let times = 0;
  server.use(http.get(`${SERVICE}/pulse`, () => HttpResponse.json({ status: ++times && 401 }, { status: 401 })));
  stop = pulse.start(new QueryClient());
  await vi.waitFor(() => expect(times).toBe(1));
  await vi.advanceTimersByTimeAsync(120_000);
  expect(times).toBe(1);
});
