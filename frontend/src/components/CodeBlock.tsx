import { Box } from "@chakra-ui/react";

/** A command or a record, as it would be typed. */
export function CodeBlock({ text, label }: { text: string; label: string }) {
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
    >
      {text}
    </Box>
  );
}
