import { Text } from "@chakra-ui/react";

import { Notice } from "@/components/Notice";
import { formatDuration } from "@/lib/format";

/** A run that says nothing for long: it may still be at work, so the reader decides. */
export function StalledNotice({ seconds }: { seconds: number }) {
  return (
    <Notice tone="warning" title={`No sign of life for ${formatDuration(seconds)}`}>
      <Text>No step, no figure and no line of the log has come since. If nothing comes, the run is stopped, with a checkpoint where it can.</Text>
    </Notice>
  );
}
