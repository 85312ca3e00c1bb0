import { Box, Button, Flex, Text } from "@chakra-ui/react";
import { Square } from "lucide-react";
import { useDeferredValue, useEffect, useState } from "react";

import { Prose } from "@/components/Prose";
import type { LiveAnswer } from "@/features/playground/live-answer";
import { useStore } from "@/lib/store";

/** A longer text is taken apart only once it is finished: doing so for each piece would hold the page up. */
const LONGEST_FORMATTED = 8000;
const PATIENCE_SECONDS = 2;

interface LiveViewProps {
  live: LiveAnswer;
  formatted: boolean;
  onStop: () => void;
}

/** An answer while it is written: the only part of the page that is drawn anew for it. */
export function LiveView({ live, formatted, onStop }: LiveViewProps) {
  const { text, phase } = useStore(live);
  // Drawn when there is time for it: typing and scrolling come first.
  const drawn = useDeferredValue(text);
  return (
    <>
      {text === "" ? (
        <Waiting live={live} reading={phase === "writing"} />
      ) : (
        <Prose text={drawn} formatted={formatted && drawn.length <= LONGEST_FORMATTED} />
      )}
      <Flex align="center" justify="space-between" gap="2" mt="2" minH="8">
        <Text textStyle="xs" color="fg.muted">
          {text !== "" && "writing…"}
        </Text>
        <Button size="xs" variant="ghost" onClick={onStop}>
          <Square aria-hidden fill="currentColor" /> Stop
        </Button>
      </Flex>
    </>
  );
}

/** What the silence means: at first a model is loaded, which takes its time. */
function Waiting({ live, reading }: { live: LiveAnswer; reading: boolean }) {
  const seconds = useSecondsSince(live.startedAt);
  return (
    <Box color="fg.muted" minH="12">
      <Text>{reading ? "Reading the question…" : "Waiting for the model…"}</Text>
      {seconds >= PATIENCE_SECONDS && (
        <Text textStyle="xs">
          {seconds} s{!reading && " · the first answer waits until the model is loaded"}
        </Text>
      )}
    </Box>
  );
}

function useSecondsSince(start: number): number {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds(Math.floor((performance.now() - start) / 1000)), 1000);
    return () => clearInterval(timer);
  }, [start]);
  return seconds;
}
