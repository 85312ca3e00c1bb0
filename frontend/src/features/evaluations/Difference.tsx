import { Box, Stack, Text } from "@chakra-ui/react";
import { CircleHelp, type LucideIcon, Scale as Balance, TrendingDown, TrendingUp } from "lucide-react";

import type { PairedComparison } from "@/api/evaluation-types";
import { Figures } from "@/components/Figures";
import { DifferenceTable } from "@/features/evaluations/DifferenceTable";
import { VERDICTS } from "@/features/evaluations/words";
import { formatCount, formatP } from "@/lib/format";
import { formatDifference, formatInterval, formatScore, type Scale } from "@/lib/score";

const LOOKS: Record<PairedComparison["verdict"], { icon: LucideIcon; color: string }> = {
  better: { icon: TrendingUp, color: "fg.success" },
  worse: { icon: TrendingDown, color: "fg.error" },
  no_difference_shown: { icon: Balance, color: "fg.muted" },
  too_few: { icon: CircleHelp, color: "fg.warning" },
};

/** One model against another: the verdict in words, then the figures that it rests on. */
export function Difference({ comparison, scale }: { comparison: PairedComparison; scale: Scale }) {
  const { a, b, difference, mcnemar } = comparison;
  const format = (value: number) => formatDifference(value, scale);
  return (
    <Stack gap="4">
      <Verdict verdict={comparison.verdict} subject={`${b} against ${a}`} sentence={comparison.sentence} />
      <Figures
        columns={4}
        figures={[
          { label: "Difference", value: formatDifference(difference.mean, scale), note: formatInterval(difference.ci95, format) },
          { label: a, value: formatScore(comparison.mean_a, scale), note: "mean over the paired items" },
          { label: b, value: formatScore(comparison.mean_b, scale), note: "mean over the paired items" },
          { label: "Chance alone", value: formatP(comparison.p_permutation ?? comparison.p_t), note: chanceNote(comparison) },
        ]}
      />
      <DifferenceTable comparison={comparison} scale={scale} />
      <Text textStyle="xs" color="fg.muted">
        {formatCount(difference.n)} items paired
        {comparison.n_unpaired > 0 && `, ${formatCount(comparison.n_unpaired)} left out for want of a score`}.
        {mcnemar && ` Only ${a} passes ${formatCount(mcnemar.only_a)}, only ${b} ${formatCount(mcnemar.only_b)} (McNemar, ${formatP(mcnemar.p_value)}).`}
        {comparison.mde80 !== null && ` A true difference of ${formatDifference(comparison.mde80, scale).replace("+", "")} would be shown in four of five runs.`}
      </Text>
    </Stack>
  );
}

function chanceNote({ p_permutation: permuted, p_t: paired }: PairedComparison): string {
  if (permuted === null) return paired === null ? "too few items" : "paired t";
  return paired === null ? "sign-flip permutation" : `sign-flip permutation; paired t ${formatP(paired)}`;
}

interface VerdictProps {
  verdict: PairedComparison["verdict"];
  subject: string;
  sentence: string;
}

/** A verdict by shape, word and colour. */
export function Verdict({ verdict, subject, sentence }: VerdictProps) {
  const { icon: Icon, color } = LOOKS[verdict];
  return (
    <Stack direction="row" gap="3" align="flex-start">
      <Box color={color} pt="0.5">
        <Icon size={18} aria-hidden />
      </Box>
      <Box minW="0">
        <Text fontWeight="medium" overflowWrap="anywhere">
          {subject}:{" "}
          <Text as="span" color={color}>
            {VERDICTS[verdict]}
          </Text>
        </Text>
        <Text color="fg.muted" overflowWrap="anywhere">
          {sentence}
        </Text>
      </Box>
    </Stack>
  );
}
