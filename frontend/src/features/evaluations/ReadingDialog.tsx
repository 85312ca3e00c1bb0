import { Button, Dialog, Portal, Stack } from "@chakra-ui/react";
import type { ReactNode } from "react";

interface ReadingDialogProps {
  title: ReactNode;
  children: ReactNode;
  /** Ways on to something else. */
  actions?: ReactNode;
  /** Beside the way out. */
  links?: ReactNode;
  onClose: () => void;
}

/** Texts to read at length, one below the other. */
export function ReadingDialog({ title, children, actions, links, onClose }: ReadingDialogProps) {
  return (
    <Dialog.Root open onOpenChange={(change) => !change.open && onClose()} size="xl" scrollBehavior="inside">
      <Portal>
        <Dialog.Backdrop />
        <Dialog.Positioner px={{ base: "2", md: "4" }}>
          <Dialog.Content>
            <Dialog.Header>
              <Dialog.Title>{title}</Dialog.Title>
            </Dialog.Header>
            <Dialog.Body tabIndex={0} focusVisibleRing="inside">
              <Stack gap="5">{children}</Stack>
            </Dialog.Body>
            <Dialog.Footer>
              <Stack direction="row" gap="2" me="auto">
                {actions}
              </Stack>
              {links}
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
