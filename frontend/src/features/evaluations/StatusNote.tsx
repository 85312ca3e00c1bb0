import { Text } from "@chakra-ui/react";

import type { EntryStatus } from "@/api/evaluation-types";
import { RUN_STATUSES } from "@/features/evaluations/words";

/** What keeps a run's figures from being taken as they stand. */
export function StatusNote({ status, mock, serious = false }: { status: EntryStatus; mock: boolean; serious?: boolean }) {
  const notes = [status !== "complete" && RUN_STATUSES[status], mock && "made-up scores", serious && "judge in doubt"].filter(Boolean);
  if (notes.length === 0) return null;
  return (
    <Text textStyle="xs" color="fg.warning">
      {notes.join(" · ")}
    </Text>
  );
}
