import { Button, Text } from "@chakra-ui/react";
import { useEffect, useState } from "react";

import { useContact } from "@/api/contact";
import { pulse } from "@/api/pulse";
import { Notice } from "@/components/Notice";
import { formatClock } from "@/lib/format";

/** The service is away: since when, what that means, and when it is asked for again. */
export function LostContact() {
  const { since, nextTry } = useContact();
  return (
    <Notice
      tone="warning"
      title={`Lost contact with the service${since ? ` at ${formatClock(since)}` : ""}`}
      action={
        <Button size="xs" variant="outline" flexShrink="0" onClick={pulse.look}>
          Retry now
        </Button>
      }
    >
      <Text>Jobs that run are not affected. What you see is the last known state; nothing can be changed meanwhile.</Text>
      <NextTry at={nextTry} />
    </Notice>
  );
}

/** Counts down for the eye alone: a screen reader that was told every second would say nothing else. */
function NextTry({ at }: { at: Date | null }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = at ? Math.ceil((at.getTime() - now) / 1000) : 0;
  return (
    <Text color="fg.muted" aria-hidden>
      {seconds > 0 ? `Next try in ${seconds} s.` : "Trying now…"}
    </Text>
  );
}
