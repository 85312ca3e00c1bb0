import { type Question, streamAnswer } from "@/api/generate";
import { toProblem } from "@/api/problem";
import type { JsonObject } from "@/api/types";
import {
  type Answer,
  type Conversation,
  EDITED,
  FAILED,
  messagesFor,
  newConversation,
  STOPPED,
  withAnswer,
  withQuestion,
  withShown,
} from "@/features/playground/conversation";
import { History } from "@/features/playground/history";
import { LiveAnswer } from "@/features/playground/live-answer";
import { Store } from "@/lib/store";

export interface SessionState {
  conversation: Conversation;
  /** Answers being written, by `liveKey`. */
  live: ReadonlyMap<string, LiveAnswer>;
  /** The conversation that was asked for is not in this browser. */
  missing: boolean;
}

/** How to ask: parameters of sampling, and what every model is told first. */
export interface Manner {
  params: JsonObject;
  system: string;
}

export function liveKey(turnId: string, model: string): string {
  return `${turnId}/${model}`;
}

/**
 * The playground's conversation and the answers being written for it. It belongs to no page: answers go on being
 * written while somebody looks at another one.
 */
export class Session extends Store<SessionState> {
  /** The answer that ended last, for those who listen instead of looking. */
  readonly ended = new Ended(null);

  constructor(readonly history = new History()) {
    super({ conversation: newConversation(), live: new Map(), missing: false });
  }

  /** Puts a question to all models; `instead` names the turn it replaces. */
  ask(question: string, models: string[], manner: Manner, instead?: string): void {
    const said = { models, system: manner.system };
    const conversation = withQuestion(this.get().conversation, question, said, instead);
    this.keep(conversation);
    const turn = conversation.turns.at(-1);
    for (const model of models) if (turn) void this.write(turn.id, model, manner.params);
  }

  /** Has one model answer a turn, once more or for the first time. */
  again(turnId: string, model: string, manner: Manner): void {
    this.keep({ ...this.get().conversation, system: manner.system });
    void this.write(turnId, model, manner.params);
  }

  /** Puts a person's words in a model's mouth; the conversation goes on from them. */
  correct(turnId: string, model: string, text: string): void {
    const answer: Answer = { text, end: EDITED, at: new Date().toISOString(), params: {} };
    this.keep(withAnswer(this.get().conversation, turnId, model, answer));
  }

  show(turnId: string, model: string, index: number): void {
    this.keep(withShown(this.get().conversation, turnId, model, index));
  }

  stop(turnId: string, model: string): void {
    this.get().live.get(liveKey(turnId, model))?.aborter.abort();
  }

  stopAll(): void {
    for (const live of this.get().live.values()) live.aborter.abort();
  }

  /** Begins anew; what was said stays in the history. */
  reset(): void {
    this.stopAll();
    this.set({ conversation: newConversation(), live: new Map(), missing: false });
  }

  /** Goes on with a conversation of the history. */
  open(id: string): void {
    if (id === this.get().conversation.id) return;
    this.reset();
    const conversation = this.history.find(id);
    this.set({ ...this.get(), ...(conversation ? { conversation } : { missing: true }) });
  }

  /** The page is going: what was written so far is kept, though its end will not be seen. */
  readonly flush = (): void => {
    for (const [key, live] of this.get().live) {
      const [turnId = "", ...model] = key.split("/");
      if (live.text) this.record(this.get().conversation.id, turnId, model.join("/"), live, stoppedAnswer(live, {}));
      live.aborter.abort();
    }
    this.set({ ...this.get(), live: new Map() }); // A connection that breaks now is no failure to speak of.
  };

  private async write(turnId: string, model: string, params: JsonObject): Promise<void> {
    const { conversation, live: others } = this.get();
    const live = new LiveAnswer();
    this.set({ ...this.get(), live: new Map(others).set(liveKey(turnId, model), live) });
    const question: Question = { ...params, model, messages: messagesFor(conversation, turnId, model) };
    const answer = await answerTo(question, params, live);
    live.close();
    this.record(conversation.id, turnId, model, live, answer);
  }

  /** An answer has its end; the conversation it belongs to may not be the one on the page any more. */
  private record(conversationId: string, turnId: string, model: string, live: LiveAnswer, answer: Answer): void {
    const { conversation, live: before } = this.get();
    if (conversation.id !== conversationId) {
      const old = this.history.find(conversationId);
      if (old) this.history.save(withAnswer(old, turnId, model, answer));
      return;
    }
    const key = liveKey(turnId, model);
    if (before.get(key) !== live) return; // Recorded already.
    const rest = new Map(before);
    rest.delete(key);
    this.set({ ...this.get(), live: rest });
    this.keep(withAnswer(conversation, turnId, model, answer));
    this.ended.tell(model, answer);
  }

  private keep(conversation: Conversation): void {
    this.set({ ...this.get(), conversation, missing: false });
    this.history.save(conversation);
  }
}

class Ended extends Store<{ model: string; answer: Answer } | null> {
  tell(model: string, answer: Answer): void {
    this.set({ model, answer });
  }
}

/** The answer, however it ended: an error is part of it, so that it stands where the answer would. */
async function answerTo(question: Question, params: JsonObject, live: LiveAnswer): Promise<Answer> {
  try {
    const done = await streamAnswer(question, live.aborter.signal, live);
    const { text, finish_reason: end, model, usage, timing } = done;
    const told = usage.total_tokens > 0; // Some servers do not count.
    const counts = told && { tokens: usage.completion_tokens, promptTokens: usage.prompt_tokens };
    return { text, end, at: new Date().toISOString(), params, model, timing, ...counts };
  } catch (error) {
    if (live.aborter.signal.aborted) return stoppedAnswer(live, params);
    const { message, status, code } = toProblem(error);
    return { text: live.text, end: FAILED, at: new Date().toISOString(), params, problem: { message, status, code } };
  }
}

function stoppedAnswer(live: LiveAnswer, params: JsonObject): Answer {
  return { text: live.text, end: STOPPED, at: new Date().toISOString(), params, timing: live.timing() };
}
