import { Box, Text } from "@chakra-ui/react";

import { IntervalBar } from "@/components/IntervalBar";
import { formatInterval, type Interval, type Scale } from "@/lib/score";

interface SpanCellProps {
  /** What is measured. */
  name: string;
  value: number | null | undefined;
  interval: Interval | null | undefined;
  /** The ends of the line that it is drawn on. */
  scale: Scale;
  format: (value: number) => string;
  reference?: number;
}

/** A value with its interval, in figures and drawn. */
export function SpanCell({ name, value, interval, scale, format, reference }: SpanCellProps) {
  if (value == null) return <Text color="fg.muted">not known</Text>;
  const words = `${format(value)}, ${formatInterval(interval, format)}`;
  return (
    <Box minW={{ base: "7rem", md: "11rem" }} whiteSpace="normal">
      <Text>
        <Text as="span" fontWeight="medium">
          {format(value)}
        </Text>{" "}
        <Text as="span" color="fg.muted" textStyle="xs" whiteSpace={{ md: "nowrap" }}>
          {formatInterval(interval, format)}
        </Text>
      </Text>
      <IntervalBar value={value} interval={interval ?? null} scale={scale} reference={reference} label={`${name}: ${words}`} />
    </Box>
  );
}
