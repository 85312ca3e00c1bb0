import { Stack } from "@chakra-ui/react";

import type { Summary } from "@/api/evaluation-types";
import { Card } from "@/components/Card";
import { Figures } from "@/components/Figures";
import { KeyValues } from "@/components/KeyValues";
import { costText, nameOf } from "@/features/evaluations/words";
import { formatCompact, formatCount, formatDuration, formatShare } from "@/lib/format";

/** What the run took: time, requests, tokens, money. */
export function SpentCard({ summary }: { summary: Summary }) {
  const { requests, retries, tokens, cost, wall_s: seconds, errors } = summary;
  const failed = Object.entries(errors);
  return (
    <Card title="What it took">
      <Stack gap="4">
        <Figures
          columns={4}
          figures={[
            { label: "Time", value: formatDuration(seconds) },
            { label: "Requests", value: formatCount(requests), note: retries > 0 ? `${formatCount(retries)} of them again` : undefined },
            { label: "Tokens", value: formatCompact(tokens.prompt + tokens.completion), note: tokenNote(tokens) },
            {
              label: "Cost",
              value: costText(cost),
              note: cost.why_unknown ?? undefined,
            },
          ]}
        />
        {summary.efficiency !== null && <KeyValues entries={[["Places in use", formatShare(summary.efficiency)]]} />}
        {failed.length > 0 && <KeyValues entries={failed.map(([name, count]) => [`Unscored: ${nameOf(name)}`, formatCount(count)])} />}
      </Stack>
    </Card>
  );
}

function tokenNote({ cached, reasoning, unreported }: Summary["tokens"]): string | undefined {
  const notes = [
    cached > 0 && `${formatCompact(cached)} cached`,
    reasoning > 0 && `${formatCompact(reasoning)} of reasoning`,
    unreported > 0 && `${formatCount(unreported)} answers not reported`,
  ].filter(Boolean);
  return notes.length > 0 ? notes.join(", ") : undefined;
}
