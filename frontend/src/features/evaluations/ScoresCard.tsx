import { Stack, Text } from "@chakra-ui/react";

import type { ModelFigures, Summary } from "@/api/evaluation-types";
import { Card } from "@/components/Card";
import { SpanCell } from "@/components/SpanCell";
import table from "@/components/table.module.css";
import { modelsOf } from "@/features/evaluations/figures";
import styles from "@/features/evaluations/tables.module.css";
import { nameOf } from "@/features/evaluations/words";
import { formatCount, formatFixed, formatShare, NOTHING } from "@/lib/format";
import { formatInterval, formatScore } from "@/lib/score";

/** The main figure of every model, with all that says how far it can be trusted. */
export function ScoresCard({ summary }: { summary: Summary }) {
  const models = modelsOf(summary);
  const { score } = summary;
  const passing = models.some(({ pass_rate: rate }) => rate !== null);
  const perplexed = models.some(({ perplexity }) => perplexity !== null);
  return (
    <Card title={nameOf(score.name)} aside={<Text color="fg.muted">{scaleWords(score.scale)}</Text>}>
      <Stack gap="3">
        <div className={table.frame} tabIndex={0} role="region" aria-label="Scores of the models">
          <table className={`${table.table} ${styles.dense}`}>
            <thead>
              <tr>
                <th scope="col">Model</th>
                <th scope="col">Mean, 95 % interval</th>
                <th scope="col" className={styles.medium}>
                  Median
                </th>
                {passing && <th scope="col">Pass rate</th>}
                <th scope="col">Scored</th>
                <th scope="col" className={styles.wide}>
                  If the unscored were worst or best
                </th>
                {perplexed && <th scope="col">Bits per byte</th>}
              </tr>
            </thead>
            <tbody>
              {models.map((figures) => (
                <Row key={figures.model} figures={figures} passing={passing} perplexed={perplexed} />
              ))}
            </tbody>
          </table>
        </div>
        <Footnote summary={summary} />
      </Stack>
    </Card>
  );
}

function Row({ figures, passing, perplexed }: { figures: ModelFigures; passing: boolean; perplexed: boolean }) {
  const { model, score, bounds, pass_rate: rate, perplexity } = figures;
  const format = (value: number) => formatScore(value, score.scale);
  return (
    <tr>
      <th scope="row" className={styles.model} title={model}>
        {model}
      </th>
      <td>
        <SpanCell name={`${nameOf(score.name)} of ${model}`} value={score.mean} interval={score.ci95} scale={score.scale} format={format} />
      </td>
      <td className={styles.medium}>{formatScore(score.median, score.scale)}</td>
      {passing && (
        <td title={rate ? `at least ${format(rate.threshold)}` : undefined}>
          {rate?.value == null ? NOTHING : formatShare(rate.value)}
          {rate && <span className={styles.note}>{formatInterval(rate.ci95, formatShare)}</span>}
        </td>
      )}
      <td>
        {formatCount(figures.n_scored)} of {formatCount(figures.n_total)}
      </td>
      <td className={styles.wide}>
        {formatScore(bounds.low, score.scale)} to {formatScore(bounds.high, score.scale)}
      </td>
      {perplexed && <td title={perplexity ? `${formatFixed(perplexity.per_token, 2)} per token` : undefined}>{perplexity ? formatFixed(perplexity.bits_per_byte, 3) : NOTHING}</td>}
    </tr>
  );
}

function scaleWords({ low, high }: ModelFigures["score"]["scale"]): string {
  return high === 1 ? "share of the items" : `from ${low} to ${high}`;
}

const METHODS: Record<ModelFigures["score"]["method"], string> = {
  student_t: "Student's t",
  wilson: "Wilson",
  clustered_t: "Student's t over groups of items that belong together",
  sandwich: "the sandwich estimator over groups of items that belong together",
  bootstrap: "bootstrap",
  none: "",
};

function Footnote({ summary: { score, mde80 } }: { summary: Summary }) {
  return (
    <Text textStyle="xs" color="fg.muted">
      {METHODS[score.method] ? `Intervals by ${METHODS[score.method]}.` : "Too few items for an interval."}
      {mde80 !== null && ` With so many items a difference of ${formatScore(mde80, score.scale)} between two models would be shown in four of five runs; a smaller one may be missed.`}
    </Text>
  );
}
