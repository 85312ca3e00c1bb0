import { Box } from "@chakra-ui/react";
import { Trophy } from "lucide-react";

import { lookOf } from "@/components/curves/overlay";
import table from "@/components/table.module.css";
import styles from "@/features/compare/CompareTable.module.css";
import type { Cell, Row } from "@/features/compare/figures";
import type { ComparedRun } from "@/features/compare/use-compared";

interface CompareTableProps {
  /** What the table shows, for those who cannot see what stands around it. */
  label: string;
  runs: ComparedRun[];
  rows: Row[];
}

/** A column for each run, a line for each thing that is compared. */
export function CompareTable({ label, runs, rows }: CompareTableProps) {
  return (
    <div className={styles.frame} tabIndex={0} role="group" aria-label={label}>
      <table className={`${table.table} ${styles.table}`}>
        <thead>
          <tr>
            <td />
            {runs.map((run, at) => (
              <th key={run.id} scope="col">
                <Swatch at={at} /> {run.letter} <span className={styles.name}>{run.job.name}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.label}>
              <th scope="row">
                {row.label}
                {row.hint && <span className={styles.note}>{row.hint}</span>}
              </th>
              {row.cells.map((cell, at) => (
                <Value key={runs[at]?.id} cell={cell} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The best is told by a sign, a word and weight, so that no one of them is needed. */
function Value({ cell: { text, note, best } }: { cell: Cell }) {
  return (
    <td data-best={best || undefined}>
      {text}{" "}
      {best && (
        <span className={styles.best}>
          <Trophy size={12} aria-hidden /> best
        </span>
      )}
      {note && <span className={styles.note}>{note}</span>}
    </td>
  );
}

/** The line by which a run is drawn. */
export function Swatch({ at }: { at: number }) {
  const { color, dash } = lookOf(at);
  return (
    <Box
      as="span"
      aria-hidden
      display="inline-block"
      verticalAlign="middle"
      w="5"
      borderTopWidth="3px"
      borderColor={color.replace("-", ".")}
      borderStyle={dash ? (at % 2 ? "dashed" : "dotted") : "solid"}
    />
  );
}
