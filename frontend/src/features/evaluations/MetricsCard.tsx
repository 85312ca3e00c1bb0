import type { Metric, Summary } from "@/api/evaluation-types";
import { Card } from "@/components/Card";
import table from "@/components/table.module.css";
import { modelsOf } from "@/features/evaluations/figures";
import styles from "@/features/evaluations/tables.module.css";
import { nameOf } from "@/features/evaluations/words";
import { NOTHING } from "@/lib/format";
import { formatInterval, formatScore } from "@/lib/score";

/** Every answer against its reference, by the usual measures: no judge is asked for these. */
export function MetricsCard({ summary }: { summary: Summary }) {
  const models = modelsOf(summary);
  const names = [...new Set(models.flatMap(({ reference_metrics: metrics }) => Object.keys(metrics)))];
  if (names.length === 0) return null;
  return (
    <Card title="Against the references">
      <div className={table.frame} tabIndex={0} role="region" aria-label="Metrics against the references">
        <table className={`${table.table} ${styles.dense}`}>
          <thead>
            <tr>
              <th scope="col">Metric</th>
              {models.map(({ model }) => (
                <th key={model} scope="col" className={styles.model} title={model}>
                  {model}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {names.map((name) => (
              <tr key={name}>
                <th scope="row">{nameOf(name)}</th>
                {models.map(({ model, reference_metrics: metrics }) => (
                  <MetricCell key={model} metric={metrics[name]} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

/** The corpus' own figure where that is not the mean over the items. */
function MetricCell({ metric }: { metric: Metric | undefined }) {
  if (!metric) return <td>{NOTHING}</td>;
  const { corpus, mean, corpus_ci95: ofCorpus, ci95, scale, signature } = metric;
  const interval = corpus === null ? ci95 : ofCorpus;
  return (
    <td title={signature ?? undefined}>
      {formatScore(corpus ?? mean, scale)}
      {interval && <span className={styles.note}>{formatInterval(interval, (value) => formatScore(value, scale))}</span>}
    </td>
  );
}
