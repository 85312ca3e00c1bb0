import { Text } from "@chakra-ui/react";

import type { Mean } from "@/api/evaluation-types";
import { SpanCell } from "@/components/SpanCell";
import table from "@/components/table.module.css";
import styles from "@/features/evaluations/tables.module.css";
import { formatCount } from "@/lib/format";
import type { Scale } from "@/lib/score";

interface MeanTableProps {
  label: string;
  /** Heading of the names. */
  first: string;
  rows: (Mean & { name: string; help?: string })[];
  scale: Scale;
  format: (value: number) => string;
}

/** Means with their intervals on one scale, one a line. */
export function MeanTable({ label, first, rows, scale, format }: MeanTableProps) {
  return (
    <div className={table.frame} tabIndex={0} role="region" aria-label={label}>
      <table className={`${table.table} ${styles.dense}`}>
        <thead>
          <tr>
            <th scope="col">{first}</th>
            <th scope="col">Mean, 95 % interval</th>
            <th scope="col">Items</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, help, mean, ci95, n }) => (
            <tr key={name}>
              <th scope="row" className={styles.wrapped}>
                {name}
                {help && (
                  <Text textStyle="xs" color="fg.muted" fontWeight="normal">
                    {help}
                  </Text>
                )}
              </th>
              <td>
                <SpanCell name={name} value={mean} interval={ci95} scale={scale} format={format} />
              </td>
              <td>{formatCount(n)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
