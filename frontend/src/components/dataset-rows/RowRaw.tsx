import styles from "@/components/dataset-rows/rows.module.css";

/** The record as it stands in the file. */
export function RowRaw({ index, raw }: { index: number; raw: unknown }) {
  return (
    <pre className={styles.box} style={{ maxHeight: "28rem" }} role="region" aria-label={`Record ${index} as it stands in the file`} tabIndex={0}>
      {JSON.stringify(raw, null, 2)}
    </pre>
  );
}
