import { ArrowDown, ArrowUp } from "lucide-react";

import type { ResultRow, Summary } from "@/api/evaluation-types";
import table from "@/components/table.module.css";
import { ITEM_STATUSES } from "@/features/evaluations/words";
import styles from "@/features/evaluations/tables.module.css";
import type { ItemAddress } from "@/features/evaluations/use-item-view";
import { formatDifference, formatScore } from "@/lib/score";

interface ItemTableProps {
  items: ResultRow[];
  summary: Summary;
  address: ItemAddress;
}

/** A line per item; the question opens it. */
export function ItemTable({ items, summary, address }: ItemTableProps) {
  const several = summary.models.length > 1;
  const paired = items.some(({ verdict }) => verdict !== null);
  return (
    <div className={table.frame} tabIndex={0} role="region" aria-label="Items of the run">
      <table className={`${table.table} ${styles.dense}`}>
        <thead>
          <tr>
            <SortableHeading name="index" label="No." address={address} />
            <SortableHeading name="score" label="Score" address={address} />
            {several && <SortableHeading name="change" label="Change" address={address} />}
            {paired && <th scope="col">Verdict</th>}
            <th scope="col">Question</th>
            <th scope="col" className={styles.medium}>
              Answer
            </th>
            <th scope="col" className={styles.wide}>
              Category
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.item_id}>
              <td>{item.index + 1}</td>
              <td>
                <ScoreText item={item} summary={summary} />
              </td>
              {several && <td>{formatDifference(item.change, summary.score.scale)}</td>}
              {paired && <td>{item.verdict ?? "none"}</td>}
              <td className={styles.wrap}>
                <button type="button" className={styles.open} onClick={() => address.go({ item: item.item_id })}>
                  <span className={styles.clamp}>{item.input || "(no question)"}</span>
                </button>
              </td>
              <td className={`${styles.wrap} ${styles.medium}`}>
                <span className={styles.clamp}>{item.prediction || "(empty)"}</span>
              </td>
              <td className={styles.wide}>{item.category ?? ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ScoreText({ item, summary }: { item: ResultRow; summary: Summary }) {
  if (item.score === null) return <strong>{item.error_class?.replaceAll("_", " ") ?? ITEM_STATUSES[item.status]}</strong>;
  const noted = item.status !== "scored";
  return (
    <>
      {formatScore(item.score, summary.score.scale)}
      {noted && <span className={styles.note}>{ITEM_STATUSES[item.status]}</span>}
    </>
  );
}

/** A heading that sorts: first the lowest on top, then the highest, then as it was. */
function SortableHeading({ name, label, address: { view, go } }: { name: string; label: string; address: ItemAddress }) {
  const active = view.sort === name;
  const falling = active && view.order === "desc";
  const next = !active ? "asc" : falling ? null : "desc";
  const Icon = falling ? ArrowDown : ArrowUp;
  return (
    <th scope="col" aria-sort={active ? (falling ? "descending" : "ascending") : undefined} className={styles.short}>
      <button
        type="button"
        className={styles.sort}
        onClick={() => go({ sort: next && name, order: next, filter: null, offset: null })}
      >
        {label}
        {active && <Icon size={12} aria-hidden />}
      </button>
    </th>
  );
}
