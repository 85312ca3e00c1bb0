import type { ChangedItem } from "@/api/evaluation-types";
import { ReadingDialog } from "@/features/evaluations/ReadingDialog";
import { TextPanel } from "@/features/evaluations/TextPanel";
import { formatDifference, formatScore, type Scale } from "@/lib/score";

interface ChangeDialogProps {
  item: ChangedItem;
  scale: Scale;
  a: string;
  b: string;
  onClose: () => void;
}

/** One item of two runs: what was answered before and after. */
export function ChangeDialog({ item, scale, a, b, onClose }: ChangeDialogProps) {
  const change = item.change === null ? "" : ` · ${formatDifference(item.change, scale)}`;
  return (
    <ReadingDialog title={`Item ${item.index + 1}${change}`} onClose={onClose}>
      <TextPanel title="Question" text={item.input} />
      {item.reference !== null && <TextPanel title="Reference" text={item.reference} />}
      <TextPanel title={`Before, ${a}: ${formatScore(item.score_a, scale)}`} text={item.prediction_a} />
      <TextPanel title={`After, ${b}: ${formatScore(item.score_b, scale)}`} text={item.prediction_b} />
    </ReadingDialog>
  );
}
