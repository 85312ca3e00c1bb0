import { Box, Stack, Text } from "@chakra-ui/react";

import type { Message } from "@/api/types";

const SPEAKERS: Record<Message["role"], string> = { system: "System", user: "Question", assistant: "Answer", tool: "Tool" };

/** What was said before the answer. */
export function ExchangeView({ messages }: { messages: Message[] }) {
  return (
    <Stack gap="2" maxH="14rem" overflowY="auto" tabIndex={0} role="region" aria-label="What was said before">
      {messages.map(({ role, content }, index) => (
        <Box key={index} px="3" py="2" bg="bg.muted" borderRadius="md">
          <Text textStyle="xs" color="fg.muted">
            {SPEAKERS[role]}
          </Text>
          <Text whiteSpace="pre-wrap" overflowWrap="anywhere">
            {content}
          </Text>
        </Box>
      ))}
    </Stack>
  );
}
