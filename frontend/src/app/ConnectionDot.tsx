import { Box, Flex } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";

import { useContact } from "@/api/contact";
import { healthQuery } from "@/api/system";

/** Whether the service answers, as a dot and in words. */
export function ConnectionDot() {
  const { lost } = useContact();
  const { data: health } = useQuery(healthQuery);
  const words = lost ? "Lost contact…" : health ? "Connected" : "Connecting…";
  const color = lost ? "fg.error" : health ? "fg.success" : "fg.subtle";
  return (
    <Flex role="status" align="center" gap="2" px="1.5" color="fg.muted" textStyle="xs" title={health && `Version ${health.version}`}>
      <Box boxSize="2" borderRadius="full" bg={color} flexShrink="0" />
      <Box as="span" srOnly={{ base: true, lg: false }}>
        {words}
      </Box>
    </Flex>
  );
}
