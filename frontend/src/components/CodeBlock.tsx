import { Box, type BoxProps } from "@chakra-ui/react";

/** A command or a record, as it would be typed. */
export function CodeBlock({ text, label, ...box }: BoxProps & { text: string; label: string }) {
  return (
    <Box
      as="pre"
      tabIndex={0}
      aria-label={label}
      role="region"
      fontFamily="mono"
      fontSize="12px"
      lineHeight="1.6"
      bg="bg.muted"
      borderRadius="md"
      px="3"
      py="2.5"
      overflowX="auto"
      focusVisibleRing="inside"
      {...box}
    >
      {text}
    </Box>
  );
}
