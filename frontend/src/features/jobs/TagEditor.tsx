import { Flex } from "@chakra-ui/react";
import { X } from "lucide-react";
import { type KeyboardEvent, useId, useState } from "react";

import styles from "@/features/jobs/tags.module.css";
import { isSendKey } from "@/lib/keys";

interface TagEditorProps {
  /** Whose tags they are, e.g. "Tags of physics". */
  label: string;
  tags: readonly string[];
  /** Tags of other runs, to choose from. */
  known: readonly string[];
  onChange: (tags: string[]) => void;
  onDone?: () => void;
  autoFocus?: boolean;
}

/** Tags as chips: Enter or a comma adds one, a click or Backspace takes one away. */
export function TagEditor({ label, tags, known, onChange, onDone, autoFocus = false }: TagEditorProps) {
  const [text, setText] = useState("");
  const list = useId();
  const add = () => {
    const fresh = text.split(",").map((word) => word.trim()).filter((word) => word !== "" && !tags.includes(word));
    setText("");
    if (fresh.length > 0) onChange([...tags, ...fresh]);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (isSendKey(event) || event.key === ",") {
      event.preventDefault();
      add();
    } else if (event.key === "Backspace" && text === "" && tags.length > 0) onChange(tags.slice(0, -1));
    else if (event.key === "Escape") onDone?.();
  };
  return (
    <Flex role="group" aria-label={label} gap="1" wrap="wrap" align="center">
      {tags.map((tag) => (
        <span key={tag} className={styles.tag}>
          {tag}
          <button type="button" className={styles.remove} aria-label={`Remove the tag ${tag}`} onClick={() => onChange(tags.filter((other) => other !== tag))}>
            <X size={12} aria-hidden />
          </button>
        </span>
      ))}
      <input
        className={styles.input}
        aria-label="Add a tag"
        placeholder="Add a tag"
        list={list}
        value={text}
        autoFocus={autoFocus}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        onBlur={add}
      />
      <datalist id={list}>
        {known.filter((tag) => !tags.includes(tag)).map((tag) => (
          <option key={tag} value={tag} />
        ))}
      </datalist>
    </Flex>
  );
}
