import type { PreviewRow } from "@/api/types";
import styles from "@/components/dataset-rows/rows.module.css";

/** The text as the template lays it out, what is learnt marked. */
export function RowText({ row, maxHeight }: { row: PreviewRow; maxHeight?: string }) {
  return (
    <div className={styles.box} style={{ maxHeight }} role="region" aria-label={`Example ${row.index + 1}`} tabIndex={0}>
      {row.segments.map(({ text, supervised }, index) => (supervised ? <Learnt key={index}>{text}</Learnt> : text))}
    </div>
  );
}

/** Text that the model learns to write. */
export function Learnt({ children }: { children: React.ReactNode }) {
  return <mark className={styles.learnt}>{children}</mark>;
}
