import { Portal } from "@chakra-ui/react";
import { type MouseEvent, type ReactNode, type SyntheticEvent, useLayoutEffect, useRef } from "react";

import styles from "@/components/Dialog.module.css";

export interface WindowProps {
  children: ReactNode;
  /** `sheet` comes up from the lower edge of a narrow screen, `palette` hangs below the upper one. */
  size?: "md" | "lg" | "xl" | "sheet" | "palette";
  /** `alertdialog` waits for an answer: a press beside it is none. */
  role?: "dialog" | "alertdialog";
  onClose: () => void;
}

/**
 * A frame over the page, there for as long as it is mounted. The browser's own: it keeps the focus inside, gives it back
 * afterwards and makes the rest inert, all of which took 14 kB of scripts on every page that might open one.
 */
export function Window({ children, size = "md", role = "dialog", onClose, ...name }: WindowProps & ({ "aria-label": string } | { "aria-labelledby": string })) {
  const element = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close(); // while it is still on the page: then the focus goes back to where it was
  }, []);
  const onCancel = (event: SyntheticEvent) => {
    if (event.target !== element.current) return; // a file chooser inside it was left
    event.preventDefault(); // the one who opened it takes it away
    onClose();
  };
  const onMouseDown = (event: MouseEvent) => {
    if (event.target === element.current && role === "dialog") onClose();
  };
  return (
    <Portal>
      <dialog ref={element} role={role} className={styles.dialog} data-size={size} onCancel={onCancel} onMouseDown={onMouseDown} {...name}>
        {children}
      </dialog>
    </Portal>
  );
}
