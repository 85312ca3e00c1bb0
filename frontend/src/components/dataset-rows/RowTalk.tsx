import type { PreviewRow } from "@/api/types";
import styles from "@/components/dataset-rows/rows.module.css";
import { formatCount } from "@/lib/format";

const LONGEST = 4000;

/** The record as a conversation. */
export function RowTalk({ row }: { row: PreviewRow }) {
  return row.messages.map(({ role, content }, at) => (
    <div key={at} className={styles.turn} data-role={role}>
      <span className={styles.role}>{role}</span>
      {content.length > LONGEST ? `${content.slice(0, LONGEST)}… (${formatCount(content.length)} characters)` : content}
    </div>
  ));
}
