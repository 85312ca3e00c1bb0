import { Stack, Text } from "@chakra-ui/react";

import type { Preference } from "@/api/evaluation-types";
import { Card } from "@/components/Card";
import { StackedBar } from "@/components/StackedBar";
import { SpanCell } from "@/components/SpanCell";
import { Verdict } from "@/features/evaluations/Difference";
import { formatCount, formatCounted, formatShare } from "@/lib/format";
import { formatInterval, type Interval } from "@/lib/score";

const SHARES = { low: 0, high: 1 };
const EVEN = 0.5;

/** Whose answer the judge preferred, asked in both orders. */
export function PreferencesCard({ preferences }: { preferences: Preference[] }) {
  return (
    <Card title="Answers in pairs">
      <Stack gap="6">
        {preferences.map((preference) => (
          <PairOfModels key={preference.b} preference={preference} />
        ))}
      </Stack>
    </Card>
  );
}

function PairOfModels({ preference }: { preference: Preference }) {
  const { a, b, n, n_total: all, wins, ties, losses, win_rate: rate, length_adjusted: adjusted } = preference;
  const outcomes = { [`${b} wins`]: wins, ties, [`${a} wins`]: losses };
  return (
    <Stack gap="4">
      <Verdict verdict={preference.verdict} subject={`${b} against ${a}`} sentence={preference.sentence} />
      <StackedBar
        label={`Of ${formatCounted(n, "pair")}: ${Object.entries(outcomes).map(([name, count]) => `${name} ${count}`).join(", ")}`}
        parts={outcomes}
        capacity={n}
        format={formatCount}
      />
      <Stack direction={{ base: "column", sm: "row" }} gap={{ base: "3", sm: "8" }}>
        <Rate title="Win rate, ties as halves" rate={rate} />
        {adjusted && <Rate title="Win rate at equal length" rate={adjusted} />}
      </Stack>
      <Text textStyle="xs" color="fg.muted">
        {formatCount(n)} of {formatCount(all)} items have a verdict. The two orders agree on {shareWords(preference.consistency)}; the answer shown first won{" "}
        {shareWords(preference.first_slot)} (a half is no bias). Where the orders disagree it counts as a tie.
      </Text>
    </Stack>
  );
}

function Rate({ title, rate }: { title: string; rate: Preference["win_rate"] }) {
  return (
    <Stack gap="0.5" flex="1" maxW="22rem">
      <Text textStyle="xs" color="fg.muted">
        {title}
      </Text>
      <SpanCell name={title} value={rate.value} interval={rate.ci95} scale={SHARES} reference={EVEN} format={formatShare} />
    </Stack>
  );
}

function shareWords({ value, ci95 }: { value: number | null; ci95: Interval | null }): string {
  if (value === null) return "none";
  return ci95 ? `${formatShare(value)} (${formatInterval(ci95, formatShare)})` : formatShare(value);
}
