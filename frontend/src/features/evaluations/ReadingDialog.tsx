import { Button, Stack } from "@chakra-ui/react";
import type { ReactNode } from "react";

import { Dialog } from "@/components/Dialog";

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
  const footer = (
    <>
      <Stack direction="row" gap="2" me="auto">
        {actions}
      </Stack>
      {links}
      <Button size="sm" variant="outline" onClick={onClose}>
        Close
      </Button>
    </>
  );
  return (
    <Dialog title={title} size="xl" reading footer={footer} onClose={onClose}>
      <Stack gap="5">{children}</Stack>
    </Dialog>
  );
}
