import { Stack, Text } from "@chakra-ui/react";

import type { Answer } from "@/api/evaluation-types";
import { KeyValues } from "@/components/KeyValues";
import { TextPanel } from "@/features/evaluations/TextPanel";
import { ITEM_STATUSES, nameOf } from "@/features/evaluations/words";
import { formatDuration, formatMetric, formatMoney } from "@/lib/format";
import { formatScore, type Scale } from "@/lib/score";

interface AnswerPanelProps {
  answer: Answer;
  scale: Scale;
  /** Name of the score. */
  measure: string;
}

/** What a model answered, its score, and why the judge gave it. */
export function AnswerPanel({ answer, scale, measure }: AnswerPanelProps) {
  const { model, prediction, score, status, ratings, rationale } = answer;
  const outcome = score === null ? ITEM_STATUSES[status] : `${nameOf(measure)} ${formatScore(score, scale)}`;
  const title = (
    <>
      Answer of {model} ·{" "}
      <Text as="span" color="fg">
        {outcome}
        {score !== null && status !== "scored" && ` (${ITEM_STATUSES[status]})`}
      </Text>
    </>
  );
  return (
    <TextPanel title={title} text={prediction}>
      <Stack gap="3" mt="3">
        {rationale && (
          <Text overflowWrap="anywhere" whiteSpace="pre-wrap">
            <Text as="span" color="fg.muted">
              The judge:{" "}
            </Text>
            {rationale}
          </Text>
        )}
        {status === "unscored" && <Unscored answer={answer} />}
        <KeyValues entries={factsOf(answer, scale)} />
        {ratings.map((rating) => (
          <Text key={`${rating.judge} ${rating.repeat}`} textStyle="xs" color="fg.muted" overflowWrap="anywhere">
            {rating.judge}
            {rating.repeat > 0 && `, time ${rating.repeat + 1}`}: {rating.error_class ? nameOf(rating.error_class) : formatScore(rating.score, scale)}
            {rating.rationale && ` · ${rating.rationale}`}
          </Text>
        ))}
      </Stack>
    </TextPanel>
  );
}

function Unscored({ answer: { error_class: kind, error_detail: detail, attempts } }: { answer: Answer }) {
  return (
    <Text color="fg.warning" overflowWrap="anywhere">
      No score: {kind ? nameOf(kind) : "the judge gave no usable verdict"}
      {attempts > 0 && `, after ${attempts} ${attempts === 1 ? "attempt" : "attempts"}`}
      {detail && `. ${detail}`}
    </Text>
  );
}

function factsOf(answer: Answer, scale: Scale): [string, string][] {
  const { criteria, reference_metrics: metrics, spread, flags, cost, latency_s: latency, duplicate_of: earlier } = answer;
  const listed = (values: Record<string, number | null>, format: (value: number | null) => string) =>
    Object.entries(values).map(([name, value]) => `${nameOf(name)} ${format(value)}`).join(" · ");
  const spent = [latency !== null && formatDuration(latency), cost !== null && formatMoney(cost)].filter(Boolean).join(", ");
  const facts: [string, string][] = [
    ["Criteria", listed(criteria, (value) => formatScore(value, scale))],
    ["Against the reference", listed(metrics, formatMetric)],
    ["Spread of the ratings", spread === null ? "" : formatMetric(spread)],
    ["Same as item", earlier ?? ""],
    ["Noted", flags.map((flag) => flag.replaceAll("_", " ")).join(", ")],
    ["Took", spent],
  ];
  return facts.filter(([, text]) => text !== "");
}
