import { Box } from "@chakra-ui/react";

import { type Interval, placeOn, type Scale } from "@/lib/score";

interface IntervalBarProps {
  value: number;
  /** None when there are too few items: then only the point is drawn. */
  interval: Interval | null;
  scale: Scale;
  /** What it shows, in words. */
  label: string;
  /** A value to compare with, such as "no difference". */
  reference?: number;
  color?: string;
  /** Narrower, it could not be read. */
  minW?: string;
}

/** A value with its interval on a line: the wider, the less is known. */
export function IntervalBar({ value, interval, scale, label, reference, color = "data.train", minW = "90px" }: IntervalBarProps) {
  const at = (given: number) => `${placeOn(scale, given)}%`;
  const [low, high] = [interval?.low ?? value, interval?.high ?? value].map((end) => placeOn(scale, end));
  return (
    <Box role="img" aria-label={label} position="relative" h="16px" minW={minW} w="full">
      <Box position="absolute" top="7.5px" w="full" h="1px" bg="border.emphasized" />
      {reference !== undefined && (
        <Box position="absolute" top="1px" h="14px" borderLeftWidth="1px" borderStyle="dashed" borderColor="fg.muted" style={{ left: at(reference) }} />
      )}
      <Box
        position="absolute"
        top="5px"
        h="6px"
        borderRadius="full"
        bg={color}
        opacity="0.35"
        style={{ left: `${low}%`, width: `${(high ?? 0) - (low ?? 0)}%` }}
      />
      <Box position="absolute" top="3px" boxSize="10px" ms="-5px" borderRadius="full" bg={color} style={{ left: at(value) }} />
    </Box>
  );
}
