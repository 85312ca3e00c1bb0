import { ListPlus } from "lucide-react";

import styles from "@/components/schema-form/SeveralToggle.module.css";

/** The field around: the button steps forward while it is looked at. */
export const FIELD = styles.field;

interface SeveralToggleProps {
  label: string;
  several: boolean;
  onToggle: () => void;
}

/** Whether a field takes one value or several, for a run each. */
export function SeveralToggle({ label, several, onToggle }: SeveralToggleProps) {
  const words = several ? "One value" : "Several values, a run for each";
  return (
    <button type="button" className={styles.toggle} aria-pressed={several} aria-label={`Several values of ${label}`} title={words} onClick={onToggle}>
      <ListPlus size={15} aria-hidden />
    </button>
  );
}
