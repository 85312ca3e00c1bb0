import { Box, chakra, Flex, Text } from "@chakra-ui/react";
import { type ReactNode, useState } from "react";

export interface PartWords {
  name: string;
  /** A sentence on what it is, for whoever points at it. */
  meaning: string;
}

interface StackedBarProps {
  label: string;
  parts: Record<string, number>;
  /** What the parts are called; without it, as their keys read. */
  words?: Record<string, PartWords>;
  /** What the whole bar stands for; the parts may be more. */
  capacity: number;
  format: (value: number) => string;
  /** More about the part that is pointed at or focused; a line is held free for it. */
  about?: (part: string) => ReactNode;
}

const COLORS = ["teal.solid", "blue.solid", "purple.solid", "orange.solid", "pink.solid", "fg.subtle", "cyan.solid"];

/** Shares of something limited, with the figures below; where they are more, a line stands at the limit. */
export function StackedBar({ label, parts, words = {}, capacity, format, about }: StackedBarProps) {
  const [pointed, setPointed] = useState<string | null>(null);
  const entries = Object.entries(parts).filter(([, value]) => value > 0);
  const sum = entries.reduce((total, [, value]) => total + value, 0);
  const whole = Math.max(capacity, sum);
  const color = (index: number) => COLORS[index % COLORS.length];
  const nameOf = (key: string) => words[key]?.name ?? key.replaceAll("_", " ");
  return (
    <Box>
      <Box position="relative">
        <Flex role="img" aria-label={label} h="10px" bg="bg.emphasized" borderRadius="full" overflow="hidden" gap="1px">
          {entries.map(([key, value], index) => (
            <Box key={key} bg={color(index)} title={nameOf(key)} onPointerEnter={() => setPointed(key)} style={{ width: `${(value / whole) * 100}%` }} />
          ))}
        </Flex>
        {sum > capacity && (
          <Box position="absolute" top="-4px" h="18px" w="2px" bg="fg" outline="1px solid" outlineColor="bg.panel" style={{ left: `${(capacity / whole) * 100}%` }} />
        )}
      </Box>
      <Flex as="ul" wrap="wrap" columnGap="4" rowGap="1" mt="2" listStyleType="none" textStyle="xs">
        {entries.map(([key, value], index) => (
          <Flex as="li" key={key} align="center" gap="1.5" title={words[key]?.meaning} onPointerEnter={() => setPointed(key)}>
            <Box boxSize="2" borderRadius="2px" bg={color(index)} />
            {about ? (
              <PartName type="button" aria-expanded={pointed === key} onFocus={() => setPointed(key)} onClick={() => setPointed(key)}>
                {nameOf(key)}
              </PartName>
            ) : (
              <Text color="fg.muted">{nameOf(key)}</Text>
            )}
            <Text>{format(value)}</Text>
          </Flex>
        ))}
      </Flex>
      {about && (
        <Box mt="2" minH="5" textStyle="xs" color="fg.muted">
          {pointed ? about(pointed) : "Point at a part to see what moves it."}
        </Box>
      )}
    </Box>
  );
}

const PartName = chakra("button", {
  base: { color: "fg.muted", minH: "6", borderRadius: "2px", cursor: "pointer", focusVisibleRing: "outside", _hover: { color: "fg" }, "&[aria-expanded=true]": { color: "fg", textDecoration: "underline" } },
});
