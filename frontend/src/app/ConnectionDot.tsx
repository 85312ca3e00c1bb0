import { Box, Flex } from "@chakra-ui/react";

import { useContact } from "@/api/contact";
import { usePulse } from "@/api/pulse";

/** Whether the service answers, as a dot and in words. */
export function ConnectionDot({ wordsFrom }: { wordsFrom: "base" | "lg" }) {
  const { lost } = useContact();
  const pulse = usePulse();
  const words = lost ? "Lost contact…" : pulse ? "Connected" : "Connecting…";
  const color = lost ? "fg.error" : pulse ? "fg.success" : "fg.subtle";
  return (
    <Flex role="status" align="center" gap="2" px="1.5" color="fg.muted" textStyle="xs" title={pulse ? `Version ${pulse.version}` : undefined}>
      <Box boxSize="2" borderRadius="full" bg={color} flexShrink="0" />
      <Box as="span" srOnly={wordsFrom === "base" ? false : { base: true, lg: false }}>
        {words}
      </Box>
    </Flex>
  );
}
