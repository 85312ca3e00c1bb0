import { describe, expect, it } from "vitest";

import type { Answer } from "@/features/playground/conversation";
import { adviceFor, endOf, figuresOf, formatSeconds, tokensPerSecond } from "@/features/playground/words";

const ANSWER: Answer = {
  text: "x",
  end: "stop",
  at: "2026-01-01T00:00:00Z",
  params: {},
  tokens: 21,
  timing: { queued_seconds: 0, first_token_seconds: 0.5, total_seconds: 2.5 },
};

describe("below an answer", () => {
  it("stand its tokens, its speed, the wait for the first one, and its end", () => {
    expect(figuresOf(ANSWER)).toEqual(["21 tokens", "10.0 tokens/s", "first token 0.50 s", "ended by itself"]);
  });

  it("stands only what is known", () => {
    expect(figuresOf({ ...ANSWER, tokens: undefined, end: "stopped" })).toEqual(["stopped after 2.50 s"]);
    expect(figuresOf({ ...ANSWER, tokens: undefined, timing: undefined, end: "edited" })).toEqual(["edited by you"]);
    expect(figuresOf({ ...ANSWER, tokens: 1 })).toEqual(["1 token", "first token 0.50 s", "ended by itself"]);
  });

  it.each([
    ["length", "cut off at 21 tokens"],
    ["cancelled", "stopped after 2.50 s"],
    ["failed", "failed"],
    ["something new", "something new"],
  ])("%s reads %j", (end, words) => expect(endOf({ ...ANSWER, end })).toBe(words));
});

it("has no speed for an answer whose tokens came at once", () => {
  expect(tokensPerSecond({ ...ANSWER, timing: { queued_seconds: 0, first_token_seconds: 1, total_seconds: 1 } })).toBeNull();
});

it.each([
  [0.0123, "12 ms"],
  [0.4213, "0.42 s"],
  [61.24, "61.2 s"],
])("%s seconds read %s", (seconds, text) => expect(formatSeconds(seconds)).toBe(text));

it("has an advice for every failure", () => {
  for (const status of [0, 404, 413, 422, 429, 500, 503]) expect(adviceFor({ status })).not.toBe("");
});
