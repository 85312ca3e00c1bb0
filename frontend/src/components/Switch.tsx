import { useFieldContext } from "@chakra-ui/react";
import type { ReactNode } from "react";

import styles from "@/components/Switch.module.css";

interface SwitchProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  /** Beside it; inside a `Field.Root` with a label of its own there is none. */
  children?: ReactNode;
  name?: string;
  disabled?: boolean;
  onBlur?: () => void;
  "aria-labelledby"?: string;
  "aria-describedby"?: string;
  ref?: (element: HTMLElement | null) => void;
}

/** On or off, at once: a native checkbox drawn as a switch, so that the keyboard and screen readers know it. */
export function Switch({ checked, onChange, children, ...input }: SwitchProps) {
  const { required: _, ...field } = useFieldContext()?.getInputProps() ?? {}; // off is an answer too
  return (
    <label className={styles.switch}>
      <input {...field} {...input} type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      {children}
    </label>
  );
}
