import { Text } from "@chakra-ui/react";

import { Card } from "@/components/Card";
import { type Change, inWords } from "@/components/job-form/changes";
import styles from "@/components/job-form/changes.module.css";
import { FromTo } from "@/components/job-form/ChangeReview";
import { IconAction } from "@/components/IconAction";
import { Undo2 } from "lucide-react";

interface DifferencesCardProps {
  /** What the form is compared with: "the defaults", a run's name. */
  title: string;
  /** From there to here. */
  changes: Change[];
  onGo: (name: string) => void;
  onReset: (change: Change) => void;
}

/** The settings that are not as elsewhere; each leads to its field, and can be put back. */
export function DifferencesCard({ title, changes, onGo, onReset }: DifferencesCardProps) {
  return (
    <Card title={title}>
      {changes.length === 0 && <Text color="fg.muted">Nothing is.</Text>}
      <ul className={styles.list}>
        {changes.map((change) => (
          <li key={change.field.name} className={styles.change}>
            <button type="button" className={styles.name} onClick={() => onGo(change.field.name)}>
              {change.field.label}
            </button>
            <FromTo from={inWords(change.now)} to={inWords(change.then)} />
            <IconAction label={`Put ${change.field.label} back`} icon={Undo2} style={{ marginInlineStart: "auto" }} onClick={() => onReset(change)} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
