import { Box, Button, Flex, Text } from "@chakra-ui/react";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { type ReactNode, useState } from "react";

import { IconAction } from "@/components/IconAction";
import { AnswerEditor } from "@/features/playground/AnswerEditor";
import { AnswerView } from "@/features/playground/AnswerView";
import { answersOf, shownAnswer, shownIndex, type Turn } from "@/features/playground/conversation";
import type { LiveAnswer } from "@/features/playground/live-answer";
import { LiveView } from "@/features/playground/LiveView";
import type { TurnActions } from "@/features/playground/use-turn-actions";

export interface AnswerCellProps {
  turn: Turn;
  model: string;
  live: LiveAnswer | undefined;
  /** Of the last question: its answer can be had anew without what follows losing its ground. */
  last: boolean;
  busy: boolean;
  formatted: boolean;
  actions: TurnActions;
}

/** One model's place below a question: what it writes, has written, or has not been asked. */
export function AnswerCell({ turn, model, live, last, busy, formatted, actions }: AnswerCellProps) {
  const [editing, setEditing] = useState(false);
  const answer = shownAnswer(turn, model);
  const frame = (children: ReactNode, aside?: ReactNode) => (
    <Frame model={model} aside={aside} busy={live !== undefined}>
      {children}
    </Frame>
  );
  if (live) return frame(<LiveView live={live} formatted={formatted} onStop={() => actions.stop(turn.id, model)} />);
  if (!answer) return frame(<NotAnswered disabled={busy} onAsk={() => void actions.again(turn.id, model)} />);
  if (editing) {
    const save = (text: string) => {
      actions.correct(turn.id, model, text);
      setEditing(false);
    };
    return frame(<AnswerEditor text={answer.text} onSave={save} onClose={() => setEditing(false)} />);
  }
  return frame(
    <AnswerView
      answer={answer}
      model={model}
      formatted={formatted}
      busy={busy}
      onAgain={last ? () => void actions.again(turn.id, model) : undefined}
      onEdit={() => setEditing(true)}
      onAdd={() => actions.add(turn.id, model)}
    />,
    <Versions turn={turn} model={model} onShow={(index) => actions.show(turn.id, model, index)} />,
  );
}

interface FrameProps {
  model: string;
  aside?: ReactNode;
  busy: boolean;
  children: ReactNode;
}

function Frame({ model, aside, busy, children }: FrameProps) {
  return (
    <Box role="group" aria-label={`Answer of ${model}`} aria-busy={busy} bg="bg.panel" borderWidth="1px" borderRadius="lg" minW="0">
      <Flex align="center" justify="space-between" gap="2" px="4" pt="2" minH="9">
        <Text as="h3" textStyle="xs" fontWeight="semibold" color="fg.muted" truncate title={model}>
          {model}
        </Text>
        {aside}
      </Flex>
      <Box px="4" pb="2">
        {children}
      </Box>
    </Box>
  );
}

function NotAnswered({ disabled, onAsk }: { disabled: boolean; onAsk: () => void }) {
  return (
    <Flex align="center" justify="space-between" gap="3" pb="2" color="fg.muted">
      Not answered.
      <Button size="xs" variant="outline" disabled={disabled} onClick={onAsk}>
        Ask
      </Button>
    </Flex>
  );
}

/** ‹ 2/3 ›: regenerating keeps what was there. */
function Versions({ turn, model, onShow }: { turn: Turn; model: string; onShow: (index: number) => void }) {
  const count = answersOf(turn, model).length;
  const index = shownIndex(turn, model);
  if (count < 2) return null;
  return (
    <Flex align="center" color="fg.muted" textStyle="xs" flexShrink="0">
      <IconAction label="Earlier answer" icon={ChevronLeft} small disabled={index === 0} onClick={() => onShow(index - 1)} />
      <span>
        {index + 1}/{count}
      </span>
      <IconAction
        label="Later answer"
        icon={ChevronRight}
        small
        disabled={index === count - 1}
        onClick={() => onShow(index + 1)}
      />
    </Flex>
  );
}
