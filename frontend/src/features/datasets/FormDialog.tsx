import { Button, Dialog, Portal, Stack } from "@chakra-ui/react";
import type { ReactNode } from "react";

import { ErrorNotice } from "@/components/ErrorNotice";

interface FormDialogProps {
  title: string;
  /** The verb on the button. */
  action: string;
  children: ReactNode;
  disabled?: boolean;
  busy: boolean;
  error: unknown;
  size?: "md" | "xl";
  onSubmit: () => void;
  onClose: () => void;
}

/** A few fields and a verb; what is refused is said in its place, with the fields as they were. */
export function FormDialog({ title, action, children, disabled = false, busy, error, size = "md", onSubmit, onClose }: FormDialogProps) {
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <Dialog.Root open onOpenChange={(change) => !change.open && onClose()} size={size} scrollBehavior="inside">
      <Portal>
        <Dialog.Backdrop />
        <Dialog.Positioner px={{ base: "2", md: "4" }}>
          <Dialog.Content asChild>
            <form onSubmit={submit}>
              <Dialog.Header>
                <Dialog.Title>{title}</Dialog.Title>
              </Dialog.Header>
              <Dialog.Body>
                <Stack gap="4">
                  {children}
                  {error != null && <ErrorNotice title="That was not taken" error={error} />}
                </Stack>
              </Dialog.Body>
              <Dialog.Footer>
                <Button type="button" variant="outline" size="sm" onClick={onClose}>
                  Cancel
                </Button>
                <Button type="submit" size="sm" loading={busy} disabled={disabled}>
                  {action}
                </Button>
              </Dialog.Footer>
            </form>
          </Dialog.Content>
        </Dialog.Positioner>
      </Portal>
    </Dialog.Root>
  );
}
