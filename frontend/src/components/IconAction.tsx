import type { LucideIcon } from "lucide-react";
import type { ComponentProps } from "react";

import styles from "@/components/IconAction.module.css";

interface IconActionProps extends Omit<ComponentProps<"button">, "aria-label" | "title" | "className" | "children"> {
  label: string;
  icon: LucideIcon;
  small?: boolean;
}

/**
 * A small button without words; its name is there for the pointer and for the screen reader. It has a style sheet of its
 * own: a list has fifty of them, and made of the library's button they were a quarter of its time.
 */
export function IconAction({ label, icon: Icon, small = false, ...button }: IconActionProps) {
  return (
    <button type="button" aria-label={label} title={label} data-small={small || undefined} className={styles.button} {...button}>
      <Icon size={16} aria-hidden />
    </button>
  );
}
