import { type ReactNode, useId } from "react";

import styles from "@/components/Dialog.module.css";
import { Window, type WindowProps } from "@/components/Window";

interface DialogProps extends WindowProps {
  title: ReactNode;
  /** Buttons below, the last one last. */
  footer?: ReactNode;
  /** Beside the title. */
  aside?: ReactNode;
  /** Nothing but text in it: the body itself can be scrolled with the keyboard. */
  reading?: boolean;
}

/** A window with a title, what it is about, and buttons below. */
export function Dialog({ title, children, footer, aside, reading = false, ...window }: DialogProps) {
  const heading = useId();
  return (
    <Window {...window} aria-labelledby={heading}>
      <header className={styles.header}>
        <h2 id={heading}>{title}</h2>
        {aside}
      </header>
      <div className={styles.body} tabIndex={reading ? 0 : undefined}>
        {children}
      </div>
      {footer && <footer className={styles.footer}>{footer}</footer>}
    </Window>
  );
}
