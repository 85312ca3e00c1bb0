import { useMemo } from "react";

import type { Session } from "@/features/playground/session";
import type { Settings } from "@/features/playground/use-settings";

/** What can be done with what was said. Each asks with the settings as they stand at that moment. */
export interface TurnActions {
  /** Puts a further question; answers whether it was put, which a wrong setting prevents. */
  ask: (question: string) => Promise<boolean>;
  edit: (turnId: string, question: string) => Promise<boolean>;
  /** Has a model answer a turn; with a seed of its own, so that the answer can be another one. */
  again: (turnId: string, model: string) => Promise<void>;
  correct: (turnId: string, model: string, text: string) => void;
  show: (turnId: string, model: string, index: number) => void;
  stop: (turnId: string, model: string) => void;
  /** Offers an answer to be added to a dataset. */
  add: (turnId: string, model: string) => void;
}

interface Surroundings {
  session: Session;
  settings: Settings;
  models: string[];
  onAdd: (turnId: string, model: string) => void;
  /** A setting is wrong: it has to be seen. */
  onRefused: () => void;
}

export function useTurnActions({ session, settings, models, onAdd, onRefused }: Surroundings): TurnActions {
  return useMemo(() => {
    const put = async (question: string, instead?: string) => {
      const manner = await settings.manner({ newSeed: false });
      if (manner) session.ask(question, models, manner, instead);
      else onRefused();
      return manner !== null;
    };
    const again = async (turnId: string, model: string) => {
      const manner = await settings.manner({ newSeed: true });
      if (manner) session.again(turnId, model, manner);
      else onRefused();
    };
    return {
      ask: (question) => put(question),
      edit: (turnId, question) => put(question, turnId),
      again,
      correct: (turnId, model, text) => session.correct(turnId, model, text),
      show: (turnId, model, index) => session.show(turnId, model, index),
      stop: (turnId, model) => session.stop(turnId, model),
      add: onAdd,
    };
  }, [session, settings, models, onAdd, onRefused]);
}
