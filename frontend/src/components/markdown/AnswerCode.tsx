import { CodeBlock } from "@/components/CodeBlock";
import { CopyButton } from "@/components/CopyButton";
import styles from "@/components/markdown/Markdown.module.css";

/** A block of code with its language and a way to take it along. */
export function AnswerCode({ text, language }: { text: string; language: string }) {
  const name = language.split(/\s/)[0];
  return (
    <div className={styles.code}>
      <div className={styles.codeHead}>
        <span>{name || "code"}</span>
        <CopyButton text={text} label="Copy code" />
      </div>
      <CodeBlock text={text} label={name ? `Code, ${name}` : "Code"} borderTopRadius="0" />
    </div>
  );
}
