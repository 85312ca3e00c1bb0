import { Box } from "@chakra-ui/react";

import { FAILED, STOPPED } from "@/features/playground/conversation";
import type { Session } from "@/features/playground/session";
import { useStore } from "@/lib/store";

const LONGEST = 400;

/** Says an answer once it is finished, to those who listen; hearing each token would be unbearable. */
export function Announcer({ session }: { session: Session }) {
  const ended = useStore(session.ended);
  return (
    <Box srOnly aria-live="polite">
      {ended && sentence(ended)}
    </Box>
  );
}

function sentence({ model, answer }: NonNullable<ReturnType<Session["ended"]["get"]>>): string {
  if (answer.end === FAILED) return `${model} did not answer. ${answer.problem?.message ?? ""}`;
  if (answer.end === STOPPED) return `The answer of ${model} is stopped.`;
  const text = answer.text.length > LONGEST ? `${answer.text.slice(0, LONGEST)} … and so on` : answer.text;
  return `${model} answered: ${text}`;
}
