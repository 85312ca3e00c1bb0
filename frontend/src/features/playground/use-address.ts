import { useCallback, useEffect, useMemo } from "react";
import { useSearchParams } from "react-router";

import type { ModelEntry } from "@/api/types";
import { MOST_MODELS } from "@/features/playground/conversation";
import type { Session } from "@/features/playground/session";
import { useStore } from "@/lib/store";

const MODEL = "model";
const CONVERSATION = "conversation";

export interface Address {
  /** Who is asked: as the address says, else as the conversation began, else a sensible one. */
  models: string[];
  choose: (models: string[]) => void;
  /** Begins a new conversation with the same models. */
  renew: () => void;
}

/** `?model=a&model=b&conversation=…`: the address says who is asked and which conversation is open. */
export function useAddress(session: Session, known: ModelEntry[]): Address {
  const [search, setSearch] = useSearchParams();
  const { conversation } = useStore(session);
  const wanted = search.get(CONVERSATION);
  const named = useMemo(() => namedIn(search), [search]);
  const hasTurns = conversation.turns.length > 0;

  // From the address to the conversation: a link, the back button, a reload.
  useEffect(() => {
    if (wanted !== null) session.open(wanted);
    else if (named.length > 0 && session.get().conversation.turns.length > 0) session.reset();
  }, [session, wanted, named]);

  // From the conversation to the address: it has begun, or an edit has made another one of it.
  useEffect(() => {
    const { id, turns, models } = session.get().conversation;
    if (turns.length > 0 && id !== wanted) setSearch(searchFor(named.length > 0 ? named : models, id), { replace: true });
  }, [session, conversation.id, hasTurns, wanted, named, setSearch]);

  const models = modelsFor(named, conversation.models, known);
  const choose = useCallback(
    (chosen: string[]) => setSearch(searchFor(chosen, hasTurns ? conversation.id : null), { replace: true }),
    [setSearch, hasTurns, conversation.id],
  );
  const renew = () => {
    session.reset();
    setSearch(searchFor(models, null));
  };
  return { models, choose, renew };
}

export function searchFor(models: string[], conversation: string | null): URLSearchParams {
  const search = new URLSearchParams(models.map((model) => [MODEL, model]));
  if (conversation !== null) search.set(CONVERSATION, conversation);
  return search;
}

function namedIn(search: URLSearchParams): string[] {
  return [...new Set(search.getAll(MODEL))].filter(Boolean).slice(0, MOST_MODELS);
}

function modelsFor(named: string[], before: string[], known: ModelEntry[]): string[] {
  if (named.length > 0) return named;
  return before.length > 0 ? before : suggested(known);
}

/** The newest adapter, since that is what one wants to try; without any, the base model. */
function suggested(known: ModelEntry[]): string[] {
  const adapters = known.filter((model) => model.owned_by === "adapter").sort((one, other) => other.created - one.created);
  const first = adapters[0] ?? known[0];
  return first ? [first.id] : [];
}
