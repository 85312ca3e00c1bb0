import type { Token } from "@/api/types";
import styles from "@/components/dataset-rows/rows.module.css";
import { formatCount } from "@/lib/format";

interface RowTokensProps {
  index: number;
  tokens: Token[];
  /** Where the example is cut, when a limit is known. */
  maxLength?: number;
}

/** Every token with its border; those that are learnt marked, those behind the cut struck out. */
export function RowTokens({ index, tokens, maxLength = Infinity }: RowTokensProps) {
  const learnt = tokens.slice(0, maxLength).filter(({ supervised }) => supervised).length;
  const cut = Math.max(0, tokens.length - maxLength);
  return (
    <>
      <div className={styles.box} style={{ maxHeight: "28rem" }} role="region" aria-label={`Tokens of example ${index + 1}`} tabIndex={0}>
        <Pieces tokens={tokens.slice(0, maxLength)} />
        {cut > 0 && <span className={styles.mark}>cut here, at {formatCount(maxLength)} tokens</span>}
        {cut > 0 && <span className={styles.cut}>{tokens.slice(maxLength).map(({ text }) => text)}</span>}
      </div>
      <p style={{ marginTop: 6, fontSize: 12 }}>
        {formatCount(tokens.length)} tokens, {formatCount(learnt)} learnt{cut > 0 && `, ${formatCount(cut)} cut off`}
      </p>
    </>
  );
}

function Pieces({ tokens }: { tokens: Token[] }) {
  return tokens.map(({ text, supervised }, at) => (
    <span key={at} className={supervised ? `${styles.token} ${styles.learnt}` : styles.token} title={title(text)}>
      {text === "" ? "·" : text.replaceAll("\n", "⏎\n")}
    </span>
  ));
}

/** A blank says nothing when it is pointed at. */
function title(text: string): string {
  return text === "" ? "goes on with the letter before it" : JSON.stringify(text);
}
