import { Flex, Text } from "@chakra-ui/react";

import type { HistorySummary } from "@/api/types";
import { IntervalBar } from "@/components/IntervalBar";
import { formatRatio } from "@/lib/format";

/** Half to one and a half of what came: beyond its ends a prediction is wrong, however far. */
const SCALE = { low: 0.5, high: 1.5 };
const CAME_TRUE = 1;

/** Predicted over real, drawn from where it came true to where it was: the longer, the farther off. */
export function RatioBar({ ratio, label }: { ratio: number; label: string }) {
  const off = { low: Math.min(ratio, CAME_TRUE), high: Math.max(ratio, CAME_TRUE) };
  return (
    <Flex align="center" gap="2" maxW="220px">
      <IntervalBar value={ratio} interval={off} scale={SCALE} reference={CAME_TRUE} label={label} minW="52px" />
      <Text as="span" minW="5ch" textAlign="end">
        {formatRatio(ratio)}
      </Text>
    </Flex>
  );
}

export type Range = NonNullable<HistorySummary["memory_ratio"]>;

/** The same of several runs: from the lowest to the highest, the median marked. */
export function RangeBar({ range: { lowest, median, highest }, label }: { range: Range; label: string }) {
  return <IntervalBar value={median} interval={{ low: lowest, high: highest }} scale={SCALE} reference={CAME_TRUE} label={label} />;
}
