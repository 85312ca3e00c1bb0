import { Box, Button, Flex, Text } from "@chakra-ui/react";
import { ArrowRight } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { Card } from "@/components/Card";
import { type Change, inWords } from "@/components/job-form/changes";
import styles from "@/components/job-form/changes.module.css";
import { formatCounted } from "@/lib/format";

interface ChangeReviewProps {
  title: string;
  description?: string;
  changes: Change[];
  /** Fields that a person typed into: they stay as they are, unless they are chosen too. */
  kept?: ReadonlySet<string>;
  onTake: (names: string[]) => void;
  onLeave: () => void;
}

/** What would be changed in the form, before it is. */
export function ChangeReview({ title, description, changes, kept = new Set(), onTake, onLeave }: ChangeReviewProps) {
  const [left, setLeft] = useState<ReadonlySet<string>>(kept);
  const names = changes.map(({ field }) => field.name);
  const taken = names.filter((name) => !left.has(name));
  const toggle = (name: string) => setLeft(new Set(left.has(name) ? [...left].filter((other) => other !== name) : [...left, name]));
  const confirm = useRef<HTMLButtonElement>(null);
  useEffect(() => confirm.current?.focus(), []);
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    onLeave();
  };
  return (
    <Card title={title} borderColor="teal.solid" onKeyDown={onKeyDown}>
      {description && (
        <Text color="fg.muted" mb="3">
          {description}
        </Text>
      )}
      {changes.length === 0 && <Text>The form says all of this already.</Text>}
      <ul className={styles.list}>
        {changes.map(({ field, now, then }) => (
          <li key={field.name} className={styles.change} data-left={left.has(field.name) || undefined}>
            <label className={styles.choice}>
              <input type="checkbox" checked={!left.has(field.name)} onChange={() => toggle(field.name)} />
              {field.label}
            </label>
            <FromTo from={inWords(now)} to={inWords(then)} />
            {kept.has(field.name) && <span className={styles.note}>{left.has(field.name) ? "kept: you typed it" : "you typed it"}</span>}
          </li>
        ))}
      </ul>
      <Flex gap="2" mt="4">
        <Button ref={confirm} size="sm" disabled={taken.length === 0} onClick={() => onTake(taken)}>
          {taken.length === 0 ? "Nothing to change" : `Change ${formatCounted(taken.length, "setting")}`}
        </Button>
        <Button size="sm" variant="ghost" onClick={onLeave}>
          Leave it
        </Button>
      </Flex>
    </Card>
  );
}

export function FromTo({ from, to }: { from: string; to: string }) {
  return (
    <span className={styles.values}>
      <span className={styles.from}>{from}</span>
      <Box asChild flexShrink="0" color="fg.muted">
        <ArrowRight size={13} aria-label="becomes" role="img" />
      </Box>
      <span>{to}</span>
    </span>
  );
}
