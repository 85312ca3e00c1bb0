import { Box, Text } from "@chakra-ui/react";
import { type ReactNode, useId } from "react";

interface TextPanelProps {
  title: ReactNode;
  text: string;
  /** What belongs to the text, below it. */
  children?: ReactNode;
}

/** A text that somebody, or something, wrote: shown as it was written, and never as anything but text. */
export function TextPanel({ title, text, children }: TextPanelProps) {
  const id = useId();
  return (
    <Box as="section" aria-labelledby={id} minW="0">
      <Text as="h3" id={id} textStyle="xs" fontWeight="medium" color="fg.muted" mb="1">
        {title}
      </Text>
      <Box bg="bg.muted" borderRadius="md" px="3" py="2.5" whiteSpace="pre-wrap" overflowWrap="anywhere">
        {text || (
          <Text as="span" color="fg.muted">
            (empty)
          </Text>
        )}
      </Box>
      {children}
    </Box>
  );
}
