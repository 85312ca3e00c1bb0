import { Box, Flex, Text } from "@chakra-ui/react";

interface StackedBarProps {
  label: string;
  parts: Record<string, number>;
  /** What the whole bar stands for; the parts may be more. */
  capacity: number;
  format: (value: number) => string;
}

const COLORS = ["teal.solid", "blue.solid", "purple.solid", "orange.solid", "pink.solid", "cyan.solid", "gray.solid"];

/** Shares of something limited, with the figures below. */
export function StackedBar({ label, parts, capacity, format }: StackedBarProps) {
  const entries = Object.entries(parts).filter(([, value]) => value > 0);
  const sum = entries.reduce((total, [, value]) => total + value, 0);
  const whole = Math.max(capacity, sum);
  const color = (index: number) => COLORS[index % COLORS.length];
  return (
    <Box>
      <Flex role="img" aria-label={label} h="10px" bg="bg.emphasized" borderRadius="full" overflow="hidden" gap="1px">
        {entries.map(([name, value], index) => (
          <Box key={name} bg={color(index)} title={name} style={{ width: `${(value / whole) * 100}%` }} />
        ))}
      </Flex>
      <Flex as="ul" wrap="wrap" columnGap="4" rowGap="1" mt="2" listStyleType="none" textStyle="xs">
        {entries.map(([name, value], index) => (
          <Flex as="li" key={name} align="center" gap="1.5">
            <Box boxSize="2" borderRadius="2px" bg={color(index)} />
            <Text color="fg.muted">{name.replaceAll("_", " ")}</Text>
            <Text>{format(value)}</Text>
          </Flex>
        ))}
      </Flex>
    </Box>
  );
}
