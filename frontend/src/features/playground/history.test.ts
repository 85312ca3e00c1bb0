import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { type Conversation, newConversation, withAnswer, withQuestion } from "@/features/playground/conversation";
import { bounded, conversationsIn, History, MOST_CHARACTERS, MOST_CONVERSATIONS, search } from "@/features/playground/history";

const KEY = "playground-conversations";

function conversation(question: string, minute = 0, answer = "yes"): Conversation {
  const asked = withQuestion(newConversation(), question, { models: ["physics"], system: "" });
  const turn = asked.turns[0]?.id ?? "";
  const answered = withAnswer(asked, turn, "physics", { text: answer, end: "stop", at: "2026-01-01T00:00:00Z", params: {} });
  return { ...answered, changedAt: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString() };
}

beforeEach(() => localStorage.clear());
afterEach(() => vi.restoreAllMocks());

function refuseWrites(error: DOMException, when: (value: string) => boolean = () => true) {
  const write = Storage.prototype.setItem;
  vi.spyOn(Storage.prototype, "setItem").mockImplementation(function (this: Storage, key: string, value: string) {
    if (when(value)) throw error;
    write.call(this, key, value);
  });
}

describe("the history", () => {
  it("survives a reload, the last changed first", () => {
    const history = new History();
    history.save(conversation("older?", 1));
    history.save(conversation("newer?", 2));
    expect(new History().get().conversations.map(({ turns }) => turns[0]?.question)).toEqual(["newer?", "older?"]);
  });

  it("holds a conversation once, however often it changes", () => {
    const history = new History();
    const one = conversation("one?");
    history.save(one);
    history.save({ ...one, system: "changed" });
    expect(history.get().conversations).toHaveLength(1);
    expect(history.find(one.id)?.system).toBe("changed");
  });

  it("forgets what is deleted", () => {
    const history = new History();
    const one = conversation("one?");
    history.save(one);
    history.remove(one.id);
    expect(new History().get().conversations).toEqual([]);
  });

  it("keeps what another window has added meanwhile", () => {
    const [here, there] = [new History(), new History()];
    there.save(conversation("from there?", 1));
    here.save(conversation("from here?", 2));
    expect(new History().get().conversations).toHaveLength(2);
  });

  it("learns of another window's change at once", () => {
    const history = new History();
    localStorage.setItem(KEY, JSON.stringify([conversation("from there?")]));
    window.dispatchEvent(new StorageEvent("storage", { key: KEY }));
    expect(history.get().conversations).toHaveLength(1);
  });
});

describe("its bounds", () => {
  it(`are ${MOST_CONVERSATIONS} conversations, the newest`, () => {
    const history = new History();
    for (let minute = 0; minute < MOST_CONVERSATIONS + 5; minute += 1) history.save(conversation(`number ${minute}`, minute));
    const questions = history.get().conversations.map(({ turns }) => turns[0]?.question);
    expect(questions).toHaveLength(MOST_CONVERSATIONS);
    expect(questions.at(0)).toBe(`number ${MOST_CONVERSATIONS + 4}`);
    expect(questions.at(-1)).toBe("number 5");
  });

  it("are characters too, but the conversation on the page is tried in any case", () => {
    const third = "x".repeat(MOST_CHARACTERS / 3);
    const four = [4, 3, 2, 1].map((minute) => conversation("long?", minute, third));
    expect(bounded(four)).toHaveLength(2);
    expect(bounded([conversation("endless?", 1, "x".repeat(2 * MOST_CHARACTERS))])).toHaveLength(1);
  });

  it("give way to a browser with less room: the oldest go", () => {
    const history = new History();
    for (let minute = 0; minute < 5; minute += 1) history.save(conversation("q?", minute, "x".repeat(1000)));
    refuseWrites(new DOMException("full", "QuotaExceededError"), (value) => value.length > 4000);
    const newest = conversation("newest?", 9, "x".repeat(1000));
    history.save(newest);
    expect(history.get().kept).toBe("kept");
    expect(history.get().conversations[0]?.id).toBe(newest.id);
    expect(history.get().conversations.length).toBeLessThan(5);
    expect(new History().find(newest.id)).toBeDefined();
  });
});

describe("a storage that keeps nothing", () => {
  it.each([
    ["full", new DOMException("full", "QuotaExceededError")],
    ["blocked", new DOMException("no", "SecurityError")],
  ])("is told to be %s, and the conversation goes on in the page", (kept, error) => {
    refuseWrites(error);
    const history = new History();
    const one = conversation("one?", 1);
    const two = conversation("two?", 2);
    history.save(one);
    history.save(two);
    expect(history.get().kept).toBe(kept);
    expect(history.get().conversations).toEqual([two, one]);
  });

  it("that cannot even be read is an empty one", () => {
    vi.spyOn(Storage.prototype, "getItem").mockImplementation(() => {
      throw new DOMException("no", "SecurityError");
    });
    expect(new History().get().conversations).toEqual([]);
  });
});

it.each([
  ["no JSON", "{oops"],
  ["no list", '{"version": 9}'],
  ["something else", JSON.stringify([1, null, { id: "x" }, { ...conversation("q?"), turns: [{ id: "t", question: 1 }] }])],
  ["answers of another shape", JSON.stringify([{ ...conversation("q?"), turns: [{ id: "t", question: "q", answers: { a: [{}] }, chosen: {} }] }])],
])("reads nothing from a storage that holds %s", (_, text) => {
  localStorage.setItem(KEY, text);
  expect(new History().get().conversations).toEqual([]);
});

it("takes what it can from a list that is damaged in places", () => {
  const good = conversation("q?");
  expect(conversationsIn([good, "bad"])).toEqual([good]);
});

it("is searched by words in questions, answers and models", () => {
  const all = [conversation("What is Ohm's law?", 1, "Voltage over current"), conversation("Who was Newton?", 2, "A physicist")];
  expect(search(all, "CURRENT ohm")).toEqual([all[0]]);
  expect(search(all, "physics")).toEqual(all);
  expect(search(all, "nothing such")).toEqual([]);
  expect(search(all, "  ")).toEqual(all);
});
