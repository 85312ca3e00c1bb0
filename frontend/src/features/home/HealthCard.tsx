import { Box, Flex, Stack, Text } from "@chakra-ui/react";

import { useContact } from "@/api/contact";
import type { Pulse } from "@/api/types";
import { Card } from "@/components/Card";

/** How the part that answers prompts fares; resting and waiting are as well as being ready. */
const ANSWERING: Record<Pulse["worker"], { state: string; words: string }> = {
  unloaded: { state: "resting", words: "A model is loaded with the next question." },
  loaded: { state: "ready", words: "A model is in memory." },
  refusing: { state: "waiting", words: "A job has the GPU; questions are answered when it has ended." },
  elsewhere: { state: "another server", words: "Questions go to the server that the settings name." },
};

/** Whether everything behind the pages is well. */
export function HealthCard({ pulse: { version, worker } }: { pulse: Pulse }) {
  const { lost } = useContact();
  const { state, words } = ANSWERING[worker];
  return (
    <Card title="Service">
      <Stack gap="3">
        <Part name="Service" state={lost ? "does not answer" : "answers"} words={`Version ${version}`} isWell={!lost} />
        <Part name="Answering" state={lost ? "unknown" : state} words={words} isWell={!lost} />
      </Stack>
    </Card>
  );
}

function Part({ name, state, words, isWell }: { name: string; state: string; words: string; isWell: boolean }) {
  return (
    <Box>
      <Flex align="center" gap="2.5">
        <Box boxSize="2" borderRadius="full" bg={isWell ? "fg.success" : "fg.error"} flexShrink="0" />
        <Text>
          {name}: {state}
        </Text>
      </Flex>
      <Text ps="4.5" textStyle="xs" color="fg.muted">
        {words}
      </Text>
    </Box>
  );
}
