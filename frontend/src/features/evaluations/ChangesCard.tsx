import { Stack, Text } from "@chakra-ui/react";
import { useState } from "react";

import type { ChangedItem } from "@/api/evaluation-types";
import { Card } from "@/components/Card";
import { Pager } from "@/components/Pager";
import { Segments } from "@/components/Segments";
import table from "@/components/table.module.css";
import { ChangeDialog } from "@/features/evaluations/ChangeDialog";
import { countChanges } from "@/features/evaluations/figures";
import styles from "@/features/evaluations/tables.module.css";
import { PAGE } from "@/features/evaluations/use-item-view";
import { formatDifference, formatScore, type Scale } from "@/lib/score";

interface ChangesCardProps {
  /** The largest change first. */
  items: ChangedItem[];
  scale: Scale;
  a: string;
  b: string;
}

const KEPT: Record<string, (item: ChangedItem) => boolean> = {
  all: () => true,
  worse: ({ change }) => change !== null && change < 0,
  better: ({ change }) => change !== null && change > 0,
  unscored: ({ change }) => change === null,
};

/** The items, those that changed most first. */
export function ChangesCard({ items, scale, a, b }: ChangesCardProps) {
  const [kept, setKept] = useState("all");
  const [offset, setOffset] = useState(0);
  const [open, setOpen] = useState<ChangedItem | null>(null);
  const { better, worse, same } = countChanges(items);
  const shown = items.filter(KEPT[kept] ?? (() => true));
  const filters = [
    { value: "all", label: "All" },
    { value: "worse", label: `Worse ${worse}` },
    { value: "better", label: `Better ${better}` },
    { value: "unscored", label: `No score ${items.length - better - worse - same}` },
  ];
  const choose = (value: string) => {
    setKept(value);
    setOffset(0);
  };
  return (
    <Card title="Items" aside={<Segments name="changes" label="Which items" options={filters} value={kept} onChange={choose} />}>
      <Stack gap="3">
        {shown.length === 0 && (
          <Text color="fg.muted" py="6">
            No item is to be shown here.
          </Text>
        )}
        {shown.length > 0 && <ChangeTable items={shown.slice(offset, offset + PAGE)} scale={scale} onOpen={setOpen} a={a} b={b} />}
        <Pager offset={offset} size={PAGE} total={shown.length} noun="item" onGo={setOffset} />
      </Stack>
      {open && <ChangeDialog item={open} scale={scale} a={a} b={b} onClose={() => setOpen(null)} />}
    </Card>
  );
}

function ChangeTable({ items, scale, a, b, onOpen }: ChangesCardProps & { onOpen: (item: ChangedItem) => void }) {
  return (
    <div className={table.frame} tabIndex={0} role="region" aria-label="Changes by item">
      <table className={`${table.table} ${styles.dense}`}>
        <thead>
          <tr>
            <th scope="col">No.</th>
            <th scope="col">Change</th>
            <th scope="col" className={styles.medium} title={a}>
              Before
            </th>
            <th scope="col" className={styles.medium} title={b}>
              After
            </th>
            <th scope="col">Question</th>
            <th scope="col" className={styles.wide}>
              Answer after
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.item_id}>
              <td>{item.index + 1}</td>
              <td>
                <strong>{item.change === null ? "unscored" : formatDifference(item.change, scale)}</strong>
              </td>
              <td className={styles.medium}>{formatScore(item.score_a, scale)}</td>
              <td className={styles.medium}>{formatScore(item.score_b, scale)}</td>
              <td className={styles.wrap}>
                <button type="button" className={styles.open} onClick={() => onOpen(item)}>
                  <span className={styles.clamp}>{item.input || "(no question)"}</span>
                </button>
              </td>
              <td className={`${styles.wrap} ${styles.wide}`}>
                <span className={styles.clamp}>{item.prediction_b || "(empty)"}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
