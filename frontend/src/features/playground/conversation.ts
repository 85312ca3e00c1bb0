/**
 * A conversation with up to four models at once: every question was put to all of them, and each has its own answers.
 * Everything here is a value; a change makes a new one.
 */

import type { JsonObject, Message, Timing } from "@/api/types";
import { newKey } from "@/lib/new-key";

export const MOST_MODELS = 4;
/** Answers kept of one model to one question; more regenerated ones push the oldest out. */
const MOST_VERSIONS = 10;

/** Ends that the service does not know of. */
export const STOPPED = "stopped";
export const FAILED = "failed";
export const EDITED = "edited";

export interface Answer {
  text: string;
  /** The service's reason, or one of those above. */
  end: string;
  /** ISO time of its end. */
  at: string;
  /** What it was sampled with, the seed included. */
  params: JsonObject;
  /** Who answered, as the service reports it. */
  model?: string;
  tokens?: number;
  promptTokens?: number;
  timing?: Timing;
  problem?: { message: string; status: number; code: string };
}

export interface Turn {
  id: string;
  question: string;
  /** By model: every answer it gave, the oldest first. */
  answers: Record<string, Answer[]>;
  /** By model: which of them is shown and continued from; the last one where nothing is said. */
  chosen: Record<string, number>;
}

export interface Conversation {
  id: string;
  startedAt: string;
  changedAt: string;
  models: string[];
  system: string;
  turns: Turn[];
}

export function newConversation(): Conversation {
  const now = new Date().toISOString();
  return { id: newKey(), startedAt: now, changedAt: now, models: [], system: "", turns: [] };
}

export function answersOf(turn: Turn, model: string): Answer[] {
  return Object.hasOwn(turn.answers, model) ? (turn.answers[model] ?? []) : [];
}

/** Which of a model's answers is shown. */
export function shownIndex(turn: Turn, model: string): number {
  const last = answersOf(turn, model).length - 1;
  const chosen = Object.hasOwn(turn.chosen, model) ? turn.chosen[model] : undefined;
  return Math.min(chosen ?? last, last);
}

export function shownAnswer(turn: Turn, model: string): Answer | undefined {
  return answersOf(turn, model)[shownIndex(turn, model)];
}

/** Whether the conversation can go on from an answer; a question without one is left out of what follows. */
export function isUsable(answer: Answer | undefined): answer is Answer {
  return answer !== undefined && answer.end !== FAILED && answer.text !== "";
}

/** What a model is asked at a turn: the system's word, what it said itself before, and the question. */
export function messagesFor(conversation: Conversation, turnId: string, model: string): Message[] {
  const at = conversation.turns.findIndex((turn) => turn.id === turnId);
  const earlier = conversation.turns.slice(0, at).flatMap((turn) => exchange(turn, model));
  const question = conversation.turns[at]?.question ?? "";
  return [...systemTurn(conversation.system), ...earlier, { role: "user", content: question }];
}

function systemTurn(system: string): Message[] {
  return system.trim() === "" ? [] : [{ role: "system", content: system }];
}

function exchange(turn: Turn, model: string): Message[] {
  const answer = shownAnswer(turn, model);
  if (!isUsable(answer)) return [];
  return [
    { role: "user", content: turn.question },
    { role: "assistant", content: answer.text },
  ];
}

type Said = Pick<Conversation, "models" | "system">;

/** A further question, or another one instead of `instead` and all that follows it. */
export function withQuestion(before: Conversation, question: string, said: Said, instead?: string): Conversation {
  const at = instead === undefined ? -1 : before.turns.findIndex((turn) => turn.id === instead);
  const kept = at === -1 ? before.turns : before.turns.slice(0, at);
  const lost = before.turns.slice(kept.length).some((turn) => Object.keys(turn.answers).length > 0);
  // Answers are never lost by an edit: the conversation as it was stays in the history under its own id.
  const place = lost ? { ...newConversation(), startedAt: before.startedAt } : before;
  const turn: Turn = { id: newKey(), question, answers: {}, chosen: {} };
  return { ...place, ...said, turns: [...kept, turn], changedAt: new Date().toISOString() };
}

/** With a further answer, which is shown from now on. */
export function withAnswer(before: Conversation, turnId: string, model: string, answer: Answer): Conversation {
  return changedTurn(before, turnId, (turn) => {
    const { [model]: _, ...chosen } = turn.chosen;
    const versions = [...answersOf(turn, model), answer].slice(-MOST_VERSIONS);
    return { ...turn, answers: { ...turn.answers, [model]: versions }, chosen };
  });
}

export function withShown(before: Conversation, turnId: string, model: string, index: number): Conversation {
  return changedTurn(before, turnId, (turn) => ({ ...turn, chosen: { ...turn.chosen, [model]: index } }));
}

function changedTurn(before: Conversation, turnId: string, change: (turn: Turn) => Turn): Conversation {
  const turns = before.turns.map((turn) => (turn.id === turnId ? change(turn) : turn));
  return { ...before, turns, changedAt: new Date().toISOString() };
}

/** What a conversation is called in a list: the beginning of its first question. */
export function titleOf(conversation: Conversation): string {
  return conversation.turns[0]?.question.trim().split("\n")[0] ?? "";
}
