import { describe, expect, it } from "vitest";

import {
  type Answer,
  answersOf,
  FAILED,
  messagesFor,
  newConversation,
  shownAnswer,
  titleOf,
  withAnswer,
  withQuestion,
  withShown,
} from "@/features/playground/conversation";

const SAID = { models: ["a", "b"], system: "" };

function answer(text: string, end = "stop"): Answer {
  return { text, end, at: "2026-01-02T03:04:05Z", params: { seed: 1 } };
}

function begun(question = "one?") {
  const conversation = withQuestion(newConversation(), question, SAID);
  return { conversation, turn: conversation.turns[0]?.id ?? "" };
}

describe("what a model is asked", () => {
  it("is its own conversation, the system's word first", () => {
    const { conversation, turn } = begun();
    let next = withAnswer(withAnswer(conversation, turn, "a", answer("A1")), turn, "b", answer("B1"));
    next = withQuestion(next, "two?", { ...SAID, system: "Be brief." });
    expect(messagesFor(next, next.turns[1]?.id ?? "", "b")).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "one?" },
      { role: "assistant", content: "B1" },
      { role: "user", content: "two?" },
    ]);
  });

  it.each([
    ["was never asked", undefined],
    ["failed", answer("half", FAILED)],
    ["said nothing", answer("")],
  ])("leaves out a question to which it %s, so that nobody speaks twice in a row", (_, given) => {
    const { conversation, turn } = begun();
    const answered = given ? withAnswer(conversation, turn, "a", given) : conversation;
    const next = withQuestion(answered, "two?", SAID);
    expect(messagesFor(next, next.turns[1]?.id ?? "", "a")).toEqual([{ role: "user", content: "two?" }]);
  });

  it("goes on from the version that is shown", () => {
    const { conversation, turn } = begun();
    let next = withAnswer(withAnswer(conversation, turn, "a", answer("first")), turn, "a", answer("second"));
    next = withQuestion(withShown(next, turn, "a", 0), "two?", SAID);
    expect(messagesFor(next, next.turns[1]?.id ?? "", "a")[1]?.content).toBe("first");
  });
});

describe("answers", () => {
  it("are kept when another is had, and the new one is shown", () => {
    const { conversation, turn } = begun();
    let next = withShown(withAnswer(conversation, turn, "a", answer("first")), turn, "a", 0);
    next = withAnswer(next, turn, "a", answer("second"));
    const [only] = next.turns;
    expect(only && answersOf(only, "a").map(({ text }) => text)).toEqual(["first", "second"]);
    expect(only && shownAnswer(only, "a")?.text).toBe("second");
  });

  it("do not pile up without end", () => {
    const { conversation, turn } = begun();
    let next = conversation;
    for (let index = 0; index < 30; index += 1) next = withAnswer(next, turn, "a", answer(`${index}`));
    const [only] = next.turns;
    expect(only && answersOf(only, "a")).toHaveLength(10);
    expect(only && shownAnswer(only, "a")?.text).toBe("29");
  });

  it("of a model named like a part of every object are its own", () => {
    const { conversation, turn } = begun();
    const [first] = conversation.turns;
    expect(first && answersOf(first, "constructor")).toEqual([]);
    const [after] = withAnswer(conversation, turn, "__proto__", answer("mine")).turns;
    expect(after && shownAnswer(after, "__proto__")?.text).toBe("mine");
  });
});

describe("an edited question", () => {
  it("takes the place of the old one and of all after it, in a conversation of its own", () => {
    const { conversation, turn } = begun();
    const answered = withQuestion(withAnswer(conversation, turn, "a", answer("A1")), "two?", SAID);
    const edited = withQuestion(answered, "ONE?", SAID, turn);
    expect(edited.turns.map(({ question }) => question)).toEqual(["ONE?"]);
    expect(edited.id).not.toBe(answered.id);
    expect(answered.turns).toHaveLength(2);
  });

  it("stays in the conversation when no answer would be lost", () => {
    const { conversation, turn } = begun();
    expect(withQuestion(conversation, "ONE?", SAID, turn).id).toBe(conversation.id);
  });
});

it("is called by the first line of its first question", () => {
  expect(titleOf(begun("  What now?\nand more").conversation)).toBe("What now?");
  expect(titleOf(newConversation())).toBe("");
});
