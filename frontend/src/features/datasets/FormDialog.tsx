import { Button, Stack } from "@chakra-ui/react";
import { type ReactNode, useId } from "react";

import { Dialog } from "@/components/Dialog";
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
  const form = useId();
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  const buttons = (
    <>
      <Button type="button" variant="outline" size="sm" onClick={onClose}>
        Cancel
      </Button>
      <Button type="submit" form={form} size="sm" loading={busy} disabled={disabled}>
        {action}
      </Button>
    </>
  );
  return (
    <Dialog title={title} size={size} footer={buttons} onClose={onClose}>
      <form id={form} onSubmit={submit}>
        <Stack gap="4">
          {children}
          {error != null && <ErrorNotice title="That was not taken" error={error} />}
        </Stack>
      </form>
    </Dialog>
  );
}
