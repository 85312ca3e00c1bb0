import { Button } from "@chakra-ui/react";
import { ChevronLeft, ChevronRight, ExternalLink } from "lucide-react";

import { reportAddress } from "@/api/evaluations";
import type { ResultRow, Summary } from "@/api/evaluation-types";
import { AnswerPanel } from "@/features/evaluations/AnswerPanel";
import { OrdersPanel } from "@/features/evaluations/OrdersPanel";
import { ReadingDialog } from "@/features/evaluations/ReadingDialog";
import { TextPanel } from "@/features/evaluations/TextPanel";

interface ItemDialogProps {
  item: ResultRow;
  summary: Summary;
  onClose: () => void;
  /** None at the ends of the page. */
  onPrevious: (() => void) | undefined;
  onNext: (() => void) | undefined;
}

/** Everything about one item: what was asked, what is right, what was answered, and what the judge said. */
export function ItemDialog({ item, summary, onClose, onPrevious, onNext }: ItemDialogProps) {
  const answers = [...item.others, item];
  return (
    <ReadingDialog
      title={`Item ${item.index + 1}${item.category ? ` · ${item.category}` : ""}`}
      actions={
        <>
          <Button size="sm" variant="outline" disabled={!onPrevious} onClick={onPrevious}>
            <ChevronLeft aria-hidden /> Previous
          </Button>
          <Button size="sm" variant="outline" disabled={!onNext} onClick={onNext}>
            Next <ChevronRight aria-hidden />
          </Button>
        </>
      }
      links={
        <Button asChild size="sm" variant="ghost" display={{ base: "none", sm: "inline-flex" }}>
          <a href={`${reportAddress(summary.run)}#item-${item.index}`} target="_blank" rel="noopener noreferrer">
            In the report
            <ExternalLink aria-label="in a new tab" />
          </a>
        </Button>
      }
      onClose={onClose}
    >
      <TextPanel title="Question" text={item.input} />
      {item.reference !== null && <TextPanel title="Reference" text={item.reference} />}
      {answers.map((answer) => (
        <AnswerPanel key={answer.model} answer={answer} scale={summary.score.scale} measure={summary.score.name} />
      ))}
      {item.pairs.map((pair) => (
        <OrdersPanel key={pair.candidate} pair={pair} />
      ))}
    </ReadingDialog>
  );
}
