import { X } from "lucide-react";
import { useState } from "react";

import type { ControlProps } from "@/components/schema-form/controls";
import styles from "@/components/schema-form/SeveralControl.module.css";
import { read, shown } from "@/components/schema-form/values";

/** Several values for one field: a run for each. */
export function SeveralControl(props: ControlProps) {
  return props.field.schema.enum ? <Choices {...props} /> : <Chips {...props} />;
}

function textsOf(value: ControlProps["value"]): string[] {
  return Array.isArray(value) ? value : [String(value)];
}

/** All that may be chosen, each on or off. */
function Choices({ field, value, onChange, onBlur, ref }: ControlProps) {
  const chosen = textsOf(value);
  const toggle = (option: string) => onChange(chosen.includes(option) ? chosen.filter((other) => other !== option) : [...chosen, option]);
  return (
    <div className={styles.box} role="group" aria-label={`Values of ${field.label}`} onBlur={onBlur}>
      {field.schema.enum?.map(String).map((option, at) => (
        <button key={option} ref={at === 0 ? ref : undefined} type="button" className={styles.chip} aria-pressed={chosen.includes(option)} onClick={() => toggle(option)}>
          {option}
        </button>
      ))}
    </div>
  );
}

/** Typed one after the other: a comma, Enter or leaving the field ends one, Backspace takes the last away. */
function Chips({ field, value, onChange, onBlur, ref }: ControlProps) {
  const texts = textsOf(value);
  const [typed, setTyped] = useState("");
  const add = (text: string) => {
    const parts = text.split(",").map((part) => part.trim()).filter(Boolean);
    const fresh = [...new Set(parts.map((part) => inOwnForm(field, part)))].filter((part) => !texts.includes(part));
    if (fresh.length > 0) onChange([...texts, ...fresh]);
    setTyped("");
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && typed.trim() !== "") {
      event.preventDefault();
      add(typed);
    } else if (event.key === "Backspace" && typed === "" && texts.length > 0) {
      onChange(texts.slice(0, -1));
    }
  };
  return (
    <div className={styles.box}>
      {texts.map((text) => (
        <button
          key={text}
          type="button"
          className={"error" in read(field, text) ? `${styles.chip} ${styles.wrong}` : styles.chip}
          aria-label={`Take ${text} away`}
          onClick={() => onChange(texts.filter((other) => other !== text))}
        >
          {text} <X size={12} aria-hidden />
        </button>
      ))}
      <input
        ref={ref}
        className={styles.input}
        aria-label={`Another value of ${field.label}`}
        placeholder={texts.length < 2 ? "another value" : undefined}
        autoComplete="off"
        value={typed}
        onChange={(event) => (event.target.value.endsWith(",") ? add(event.target.value) : setTyped(event.target.value))}
        onKeyDown={onKeyDown}
        onBlur={() => {
          add(typed);
          onBlur();
        }}
      />
    </div>
  );
}

function inOwnForm(field: ControlProps["field"], text: string): string {
  const result = read(field, text);
  return "value" in result && result.value !== undefined ? String(shown(field, result.value)) : text;
}
