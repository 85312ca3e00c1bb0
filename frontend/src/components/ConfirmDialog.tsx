import { Button } from "@chakra-ui/react";
import type { ReactNode } from "react";

import { Dialog } from "@/components/Dialog";

interface ConfirmDialogProps {
  open: boolean;
  title: string;
  /** What will happen, and what will not. */
  children: ReactNode;
  /** The verb on the button, e.g. "Delete". */
  confirm: string;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something is lost. Escape and the first button leave things as they are. */
export function ConfirmDialog({ open, title, children, confirm, onConfirm, onClose }: ConfirmDialogProps) {
  if (!open) return null;
  const confirmed = () => {
    onClose();
    onConfirm();
  };
  const buttons = (
    <>
      <Button variant="outline" size="sm" onClick={onClose}>
        Keep
      </Button>
      <Button colorPalette="red" size="sm" onClick={confirmed}>
        {confirm}
      </Button>
    </>
  );
  return (
    <Dialog role="alertdialog" title={title} footer={buttons} onClose={onClose}>
      {children}
    </Dialog>
  );
}
