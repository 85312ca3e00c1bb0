import { Flex, Text } from "@chakra-ui/react";
import { DatabaseZap, Pencil, RefreshCw } from "lucide-react";

import { CopyButton } from "@/components/CopyButton";
import { IconAction } from "@/components/IconAction";
import { Prose } from "@/components/Prose";
import { AnswerFigures } from "@/features/playground/AnswerFigures";
import { AnswerProblem } from "@/features/playground/AnswerProblem";
import { type Answer, isUsable } from "@/features/playground/conversation";

interface AnswerViewProps {
  answer: Answer;
  model: string;
  formatted: boolean;
  busy: boolean;
  /** Absent where an answer cannot be had anew. */
  onAgain: (() => void) | undefined;
  onEdit: () => void;
  onAdd: () => void;
}

/** An answer that has its end: the text, what went wrong, its figures, and what can be done with it. */
export function AnswerView({ answer, model, formatted, busy, onAgain, onEdit, onAdd }: AnswerViewProps) {
  const { text, problem } = answer;
  return (
    <>
      {text !== "" && <Prose text={text} formatted={formatted} />}
      {text === "" && !problem && <Text color="fg.muted">(an empty answer)</Text>}
      {problem && <AnswerProblem problem={problem} model={model} busy={busy} onAgain={onAgain} />}
      {!problem && <AnswerFigures answer={answer} model={model} />}
      <Flex mt="1" ms="-2" gap="0.5" wrap="wrap">
        {text !== "" && <CopyButton iconOnly text={text} label="Copy the answer" />}
        {onAgain && !problem && <IconAction label="Regenerate" icon={RefreshCw} disabled={busy} onClick={onAgain} />}
        {(text !== "" || !problem) && <IconAction label="Edit the answer" icon={Pencil} disabled={busy} onClick={onEdit} />}
        {isUsable(answer) && <IconAction label="Add to dataset" icon={DatabaseZap} onClick={onAdd} />}
      </Flex>
    </>
  );
}
