import { Button, Dialog, Portal } from "@chakra-ui/react";

import type { ConfirmDialogProps } from "@/components/ConfirmDialog";

/** The dialog itself. Escape and the first button leave things as they are. */
export default function ConfirmWindow({ open, title, children, confirm, onConfirm, onClose }: ConfirmDialogProps) {
  const confirmed = () => {
    onClose();
    onConfirm();
  };
  return (
    <Dialog.Root role="alertdialog" open={open} onOpenChange={(change) => !change.open && onClose()} lazyMount unmountOnExit>
      <Portal>
        <Dialog.Backdrop />
        <Dialog.Positioner px="4">
          <Dialog.Content>
            <Dialog.Header>
              <Dialog.Title>{title}</Dialog.Title>
            </Dialog.Header>
            <Dialog.Body>{children}</Dialog.Body>
            <Dialog.Footer>
              <Button variant="outline" size="sm" onClick={onClose}>
                Keep
              </Button>
              <Button colorPalette="red" size="sm" onClick={confirmed}>
                {confirm}
              </Button>
            </Dialog.Footer>
          </Dialog.Content>
        </Dialog.Positioner>
      </Portal>
    </Dialog.Root>
  );
}
