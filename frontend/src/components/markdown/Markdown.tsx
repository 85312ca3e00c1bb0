import { Lexer, type Token } from "marked";
import { memo } from "react";

import styles from "@/components/markdown/Markdown.module.css";
import { renderBlocks } from "@/components/markdown/render";

/** Longer texts would hold the page up while they are taken apart; they are shown as they are. */
const LONGEST = 24_000;

/**
 * A text as Markdown. The text is a model's, so nothing of it may become more than text: elements are made only by
 * `render.tsx`, which knows no HTML, no images and no addresses but those of web pages and mail.
 */
export default memo(function Markdown({ text }: { text: string }) {
  const tokens = tokensOf(text);
  if (!tokens) return <div className={styles.plain}>{text}</div>;
  return <div className={styles.prose}>{renderBlocks(tokens)}</div>;
});

function tokensOf(text: string): Token[] | null {
  if (text.length > LONGEST) return null;
  try {
    // Small models put one thought on a line, so a line's end is kept as one.
    return new Lexer({ gfm: true, breaks: true }).lex(text);
  } catch (error) {
    if (error instanceof RangeError) return null; // nested deeper than the stack
    throw error;
  }
}
