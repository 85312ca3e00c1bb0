import { Box, Grid, Heading } from "@chakra-ui/react";
import { memo } from "react";

import { AnswerCell } from "@/features/playground/AnswerCell";
import type { Turn } from "@/features/playground/conversation";
import type { LiveAnswer } from "@/features/playground/live-answer";
import { QuestionBlock } from "@/features/playground/QuestionBlock";
import { liveKey } from "@/features/playground/session";
import type { TurnActions } from "@/features/playground/use-turn-actions";

interface TurnBlockProps {
  turn: Turn;
  models: string[];
  first: boolean;
  /** Questions after this one. */
  later: number;
  live: ReadonlyMap<string, LiveAnswer>;
  busy: boolean;
  formatted: boolean;
  actions: TurnActions;
}

/** A question and, side by side, what each model answered. */
export const TurnBlock = memo(function TurnBlock({ turn, models, first, later, live, busy, formatted, actions }: TurnBlockProps) {
  return (
    <Box
      as="article"
      aria-label={`Question: ${turn.question.slice(0, 80)}`}
      // The newest has room to come to the top of the window though there is little below its question yet.
      minH={first || later > 0 ? undefined : { base: "calc(100dvh - 11rem)", md: "calc(100dvh - 8.5rem)" }}
      scrollMarginTop={first ? "100dvh" : { base: "14", md: "4" }}
    >
      <Heading as="h2" srOnly>
        Question
      </Heading>
      <QuestionBlock question={turn.question} later={later} busy={busy} onEdit={(question) => actions.edit(turn.id, question)} />
      <Grid templateColumns="repeat(auto-fit, minmax(min(100%, 15rem), 1fr))" gap="3" alignItems="start" fontSize={models.length > 2 ? "sm" : "md"}>
        {models.map((model) => (
          <AnswerCell
            key={model}
            turn={turn}
            model={model}
            live={live.get(liveKey(turn.id, model))}
            last={later === 0}
            busy={busy}
            formatted={formatted}
            actions={actions}
          />
        ))}
      </Grid>
    </Box>
  );
});
