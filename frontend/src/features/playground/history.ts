/** The newest conversations, kept in this browser only. */

import { type Answer, type Conversation, titleOf, type Turn } from "@/features/playground/conversation";
import { Store } from "@/lib/store";
import { type Kept, readStored, writeStored } from "@/lib/stored";

const KEY = "playground-conversations";
export const MOST_CONVERSATIONS = 50;
/** Browsers give a site about five million characters, and other pages of ours want some. */
export const MOST_CHARACTERS = 2_000_000;

export interface HistoryState {
  /** The last changed one first. */
  conversations: Conversation[];
  /** How the last attempt to keep something ended. */
  kept: Kept;
}

export class History extends Store<HistoryState> {
  constructor() {
    super({ conversations: conversationsIn(readStored(KEY)), kept: "kept" });
    window.addEventListener("storage", ({ key }) => {
      // Another window of the same browser changed it; null = everything was cleared.
      if (key === KEY || key === null) this.set({ ...this.get(), conversations: conversationsIn(readStored(KEY)) });
    });
  }

  find(id: string): Conversation | undefined {
    return this.get().conversations.find((conversation) => conversation.id === id);
  }

  save(conversation: Conversation): void {
    this.write([conversation, ...this.others(conversation.id)]);
  }

  remove(id: string): void {
    this.write(this.others(id));
  }

  clear(): void {
    this.write([]);
  }

  /** All but one, as they are kept now: another window may have added some. */
  private others(id: string): Conversation[] {
    const { kept, conversations } = this.get();
    const all = kept === "kept" ? conversationsIn(readStored(KEY)) : conversations;
    return all.filter((conversation) => conversation.id !== id);
  }

  /** Keeps what fits; where the browser has less room than we allow ourselves, the oldest make room. */
  private write(conversations: Conversation[]): void {
    const wanted = bounded(conversations);
    let fitting = wanted;
    let kept = writeStored(KEY, fitting);
    while (kept === "full" && fitting.length > 1) {
      fitting = fitting.slice(0, -1);
      kept = writeStored(KEY, fitting);
    }
    // What cannot be kept is still there as long as the page is.
    this.set({ conversations: kept === "kept" ? fitting : wanted, kept });
  }
}

/** The newest, as many as both bounds allow. The newest one of all is never left out here. */
export function bounded(conversations: Conversation[]): Conversation[] {
  const newest = [...conversations].sort((one, other) => other.changedAt.localeCompare(one.changedAt));
  let characters = 0;
  return newest.slice(0, MOST_CONVERSATIONS).filter((conversation, index) => {
    characters += JSON.stringify(conversation).length;
    return index === 0 || characters <= MOST_CHARACTERS;
  });
}

/** Conversations in which every word occurs, in a question, an answer or a model's name. */
export function search(conversations: Conversation[], text: string): Conversation[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return conversations;
  return conversations.filter((conversation) => {
    const said = textOf(conversation).toLowerCase();
    return words.every((word) => said.includes(word));
  });
}

function textOf(conversation: Conversation): string {
  const said = conversation.turns.flatMap(({ question, answers }) => [
    question,
    ...Object.values(answers).flatMap((versions) => versions.map(({ text }) => text)),
  ]);
  return [titleOf(conversation), ...conversation.models, ...said].join("\n");
}

/** What an unknown value holds of conversations; another version or another program may have written it. */
export function conversationsIn(value: unknown): Conversation[] {
  return Array.isArray(value) ? value.filter(isConversation) : [];
}

function isConversation(value: unknown): value is Conversation {
  if (!isObject(value) || !Array.isArray(value.models) || !Array.isArray(value.turns)) return false;
  const texts = [value.id, value.startedAt, value.changedAt, value.system, ...value.models];
  return texts.every((text) => typeof text === "string") && value.turns.every(isTurn);
}

function isTurn(value: unknown): value is Turn {
  if (!isObject(value) || typeof value.id !== "string" || typeof value.question !== "string") return false;
  if (!isObject(value.answers) || !isObject(value.chosen)) return false;
  const chosen = Object.values(value.chosen).every((index) => typeof index === "number");
  return chosen && Object.values(value.answers).every((versions) => Array.isArray(versions) && versions.every(isAnswer));
}

function isAnswer(value: unknown): value is Answer {
  if (!isObject(value) || !isObject(value.params)) return false;
  return [value.text, value.end, value.at].every((text) => typeof text === "string");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
