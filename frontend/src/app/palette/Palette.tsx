import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";

import { type Command, matching } from "@/app/palette/commands";
import styles from "@/app/palette/Palette.module.css";
import { useCommands } from "@/app/palette/use-commands";
import { Window } from "@/components/Window";

interface PaletteProps {
  onClose: () => void;
  onShowKeys: () => void;
}

/** Ctrl or ⌘ with K: a few letters of a page, a run, an adapter, a dataset or an action, and Enter. */
export default function Palette({ onClose, onShowKeys }: PaletteProps) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const found = matching(useCommands(typed, onShowKeys), typed);
  const list = useId();
  const chosen = found[Math.min(at, found.length - 1)];
  const type = (text: string) => {
    setTyped(text);
    setAt(0);
  };
  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined && found.length > 0) setAt((at + by + found.length) % found.length);
    else if (event.key === "Enter" && !event.nativeEvent.isComposing) run(chosen);
    else return;
    event.preventDefault();
  };
  return (
    <Window size="palette" aria-label="Go anywhere, do anything" onClose={onClose}>
      <input
        type="text"
        role="combobox"
        className={styles.field}
        aria-label="Page, run, adapter, dataset or action"
        aria-expanded
        aria-controls={list}
        aria-activedescendant={chosen && `${list} ${chosen.id}`.replaceAll(" ", "-")}
        aria-autocomplete="list"
        placeholder="Page, run, adapter, dataset or action"
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={(event) => type(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div id={list} role="listbox" aria-label="Found" className={styles.list}>
        {found.map((command) => (
          <Option key={command.id} id={`${list} ${command.id}`.replaceAll(" ", "-")} command={command} chosen={command === chosen} onRun={() => run(command)} />
        ))}
      </div>
      <p role="status" className={styles.none}>
        {found.length === 0 && `Nothing is called “${typed}”.`}
      </p>
    </Window>
  );
}

interface OptionProps {
  id: string;
  command: Command;
  chosen: boolean;
  onRun: () => void;
}

function Option({ id, command: { label, sort, icon: Icon }, chosen, onRun }: OptionProps) {
  const option = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (chosen) option.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <div ref={option} id={id} role="option" aria-selected={chosen} className={styles.option} onClick={onRun}>
      <Icon size={15} aria-hidden />
      <span className={styles.label}>{label}</span>
      <span className={styles.sort}>{sort}</span>
    </div>
  );
}
