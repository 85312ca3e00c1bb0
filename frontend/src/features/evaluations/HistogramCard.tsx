import { Text } from "@chakra-ui/react";

import type { Score } from "@/api/evaluation-types";
import { Card } from "@/components/Card";
import { binLabel } from "@/features/evaluations/figures";
import styles from "@/features/evaluations/Histogram.module.css";
import { formatCount, formatShare } from "@/lib/format";

/** How many items got which score: two models of one mean may be good at different things. */
export function HistogramCard({ model, score }: { model: string; score: Score }) {
  const { histogram, scale, n } = score;
  const most = Math.max(1, ...histogram.map(({ count }) => count));
  if (histogram.length === 0) return null;
  return (
    <Card title={`Scores of ${model}`}>
      <div className={styles.frame} tabIndex={0} role="region" aria-label="Histogram">
        <table className={styles.histogram}>
          <caption className={styles.hidden}>How many of the {formatCount(n)} scored items got which score</caption>
          <thead className={styles.hidden}>
            <tr>
              <th scope="col">Score</th>
              <th scope="col">Items</th>
            </tr>
          </thead>
          <tbody>
            {histogram.map(({ low, high, count }) => (
              <tr key={low}>
                <th scope="row">{binLabel(low, high, scale)}</th>
                <td title={n > 0 ? `${formatShare(count / n)} of the items` : undefined}>
                  <span className={styles.bar} style={{ width: `calc((100% - 4rem) * ${count / most})` }} />
                  {formatCount(count)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {n === 0 && <Text color="fg.muted">No item has a score.</Text>}
    </Card>
  );
}
