import { Button, Dialog, Portal, Stack } from "@chakra-ui/react";

import type { ChangedItem } from "@/api/evaluation-types";
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
  return (
    <Dialog.Root open onOpenChange={(change) => !change.open && onClose()} size="xl" scrollBehavior="inside">
      <Portal>
        <Dialog.Backdrop />
        <Dialog.Positioner px={{ base: "2", md: "4" }}>
          <Dialog.Content>
            <Dialog.Header>
              <Dialog.Title>
                Item {item.index + 1}
                {item.change !== null && ` · ${formatDifference(item.change, scale)}`}
              </Dialog.Title>
            </Dialog.Header>
            <Dialog.Body tabIndex={0} focusVisibleRing="inside">
              <Stack gap="5">
                <TextPanel title="Question" text={item.input} />
                {item.reference !== null && <TextPanel title="Reference" text={item.reference} />}
                <TextPanel title={`Before, ${a}: ${formatScore(item.score_a, scale)}`} text={item.prediction_a} />
                <TextPanel title={`After, ${b}: ${formatScore(item.score_b, scale)}`} text={item.prediction_b} />
              </Stack>
            </Dialog.Body>
            <Dialog.Footer>
              <Button size="sm" variant="outline" onClick={onClose}>
                Close
              </Button>
            </Dialog.Footer>
          </Dialog.Content>
        </Dialog.Positioner>
      </Portal>
    </Dialog.Root>
  );
}
