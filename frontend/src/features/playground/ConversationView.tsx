import { Stack } from "@chakra-ui/react";
import { useEffect, useRef } from "react";

import type { Conversation } from "@/features/playground/conversation";
import type { LiveAnswer } from "@/features/playground/live-answer";
import { TurnBlock } from "@/features/playground/TurnBlock";
import type { TurnActions } from "@/features/playground/use-turn-actions";

interface ConversationViewProps {
  conversation: Conversation;
  models: string[];
  live: ReadonlyMap<string, LiveAnswer>;
  formatted: boolean;
  actions: TurnActions;
}

/**
 * Question after question. The newest one comes to the top and stays there: whoever compares reads from the beginning,
 * and a page that follows the end of one answer takes the others out of sight.
 */
export function ConversationView({ conversation: { id, turns }, models, live, formatted, actions }: ConversationViewProps) {
  const place = useRef<HTMLDivElement>(null);
  const newest = turns.at(-1)?.id;
  useEffect(() => {
    if (newest !== undefined) place.current?.lastElementChild?.scrollIntoView({ block: "start" });
  }, [id, newest]);
  return (
    <Stack ref={place} gap="6" pb="4">
      {turns.map((turn, index) => (
        <TurnBlock
          key={turn.id}
          turn={turn}
          models={models}
          first={index === 0}
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
