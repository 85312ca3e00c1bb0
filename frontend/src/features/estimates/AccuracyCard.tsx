import { Box, SimpleGrid, Text } from "@chakra-ui/react";

import type { HistorySummary } from "@/api/types";
import { Card } from "@/components/Card";
import { type Range, RangeBar } from "@/features/estimates/RatioBar";
import { formatCounted, formatRatio } from "@/lib/format";

/** How the predictions came true, all runs together. */
export function AccuracyCard({ summary }: { summary: HistorySummary }) {
  const { memory_ratio: memory, time_ratio: time } = summary;
  return (
    <Card title="How they came true">
      <SimpleGrid columns={{ base: 1, sm: 2 }} gap="6" mb="3">
        <Accuracy name="Memory" range={memory} />
        <Accuracy name="Time" range={time} />
      </SimpleGrid>
      <Text color="fg.muted">
        Over {formatCounted(summary.runs, "run")} that ended on this machine. The dashed line is 100 %: predicted as it came.
      </Text>
    </Card>
  );
}

function Accuracy({ name, range }: { name: string; range: HistorySummary["memory_ratio"] }) {
  return (
    <Box>
      <Text textStyle="xs" color="fg.muted">
        {name}, predicted of real
      </Text>
      <Text fontWeight="medium" mb="1">
        {range ? wordsOf(range) : "None to compare"}
      </Text>
      {range && <RangeBar range={range} label={`${name}: ${wordsOf(range)}`} />}
    </Box>
  );
}

function wordsOf({ lowest, median, highest }: Range): string {
  const [low, middle, high] = [lowest, median, highest].map(formatRatio);
  return low === high ? `${middle}` : `${low} to ${high}, median ${middle}`;
}
