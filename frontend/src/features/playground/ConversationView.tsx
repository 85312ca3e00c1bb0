import { Stack } from "@chakra-ui/react";
import { useEffect, useRef } from "react";

import type { Conversation } from "@/features/playground/conversation";
import type { LiveAnswer } from "@/features/playground/live-answer";
import { TurnBlock } from "@/features/playground/TurnBlock";
import { useFollow } from "@/features/playground/use-follow";
import type { TurnActions } from "@/features/playground/use-turn-actions";

interface ConversationViewProps {
  conversation: Conversation;
  models: string[];
  live: ReadonlyMap<string, LiveAnswer>;
  formatted: boolean;
  actions: TurnActions;
}

/** Question after question; the newest one comes into sight when it is put. */
export function ConversationView({ conversation: { id, turns }, models, live, formatted, actions }: ConversationViewProps) {
  const place = useRef<HTMLDivElement>(null);
  useFollow(place);
  useEffect(() => {
    if (turns.length > 0) window.scrollTo(0, document.documentElement.scrollHeight);
  }, [id, turns.length]);
  return (
    <Stack ref={place} gap="6" pb="4">
      {turns.map((turn, index) => (
        <TurnBlock
          key={turn.id}
          turn={turn}
          models={models}
          later={turns.length - 1 - index}
          live={live}
          busy={live.size > 0}
          formatted={formatted}
          actions={actions}
        />
      ))}
    </Stack>
  );
}
