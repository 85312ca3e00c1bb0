import type { PairedComparison } from "@/api/evaluation-types";
import { SpanCell } from "@/components/SpanCell";
import table from "@/components/table.module.css";
import { scaleAround } from "@/features/evaluations/figures";
import styles from "@/features/evaluations/tables.module.css";
import { nameOf } from "@/features/evaluations/words";
import { formatCount, formatP, NOTHING } from "@/lib/format";
import { formatDifference, type Scale } from "@/lib/score";

/** Where the difference comes from: by category, and by each metric against the references. */
export function DifferenceTable({ comparison, scale }: { comparison: PairedComparison; scale: Scale }) {
  const { categories, metrics, difference } = comparison;
  const around = scaleAround(
    [difference, ...categories].map(({ mean }) => mean),
    [difference, ...categories].map(({ ci95 }) => ci95),
  );
  const named = Object.entries(metrics);
  if (categories.length === 0 && named.length === 0) return null;
  const subject = `${comparison.b} against ${comparison.a}`;
  return (
    <div className={table.frame} tabIndex={0} role="region" aria-label={`Differences of ${subject}`}>
      <table className={`${table.table} ${styles.dense}`}>
        <thead>
          <tr>
            <th scope="col">{categories.length > 0 ? "Category or metric" : "Metric"}</th>
            <th scope="col" className={styles.medium}>
              Items
            </th>
            <th scope="col">Difference, 95 % interval</th>
            {categories.length > 0 && (
              <th scope="col" title="Corrected for the number of categories (Holm)">
                Chance alone
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {categories.map(({ name, n, mean, ci95, p_holm: corrected, p_value: p }) => (
            <tr key={`category ${name}`}>
              <th scope="row">{name}</th>
              <td className={styles.medium}>{formatCount(n)}</td>
              <td>
                <SpanCell name={`${subject} in ${name}`} value={mean} interval={ci95} scale={around} reference={0} format={(value) => formatDifference(value, scale)} />
              </td>
              <td>{formatP(corrected ?? p)}</td>
            </tr>
          ))}
          {named.map(([name, { n, mean, ci95 }]) => (
            <tr key={`metric ${name}`}>
              <th scope="row">{nameOf(name)}</th>
              <td className={styles.medium}>{formatCount(n)}</td>
              <td>
                <SpanCell name={`${subject} in ${nameOf(name)}`} value={mean} interval={ci95} scale={scaleAround([mean], [ci95])} reference={0} format={differenceOfMetric(name)} />
              </td>
              {categories.length > 0 && <td>{NOTHING}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** chrF and BLEU run to 100, the others to 1. */
function differenceOfMetric(name: string): (value: number) => string {
  const high = ["chrf", "bleu"].includes(name) ? 100 : 1;
  return (value) => formatDifference(value, { low: 0, high });
}
