import { Text } from "@chakra-ui/react";

import { Card } from "@/components/Card";
import { CopyButton } from "@/components/CopyButton";
import { LogView } from "@/components/LogView";
import type { LogStore } from "@/features/jobs/log-store";
import { useStore } from "@/lib/store";

/** What the program prints. */
export function LogCard({ log, ended }: { log: LogStore; ended: boolean }) {
  const { lines, dropped, live } = useStore(log);
  const shown = live === "" ? lines : [...lines, live];
  return (
    <Card title="Log" aside={shown.length > 0 && <CopyButton text={shown.join("\n")} label="Copy log" />}>
      {shown.length === 0 ? (
        <Text color="fg.muted" py="6">
          {ended ? "The program printed nothing." : "Nothing printed yet."}
        </Text>
      ) : (
        <LogView lines={shown} dropped={dropped} />
      )}
    </Card>
  );
}
