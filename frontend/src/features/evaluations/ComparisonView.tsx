import { Stack, Text } from "@chakra-ui/react";

import type { RunComparison, RunReference } from "@/api/evaluation-types";
import { Card } from "@/components/Card";
import { Notice } from "@/components/Notice";
import { RouterLink } from "@/components/RouterLink";
import { ChangesCard } from "@/features/evaluations/ChangesCard";
import { Difference } from "@/features/evaluations/Difference";
import { MODES, titleOf } from "@/features/evaluations/words";
import { formatCounted } from "@/lib/format";

/** What two runs on the same items say of each other. */
export function ComparisonView({ comparison }: { comparison: RunComparison }) {
  const { a, b, scale: [low, high], only_in_a: onlyA, only_in_b: onlyB, same_predictions: same } = comparison;
  const scale = { low, high };
  return (
    <>
      {comparison.warnings.map((warning) => (
        <Notice key={warning} tone="warning">
          <Text>{warning}</Text>
        </Notice>
      ))}
      <Card title="Difference">
        <Stack gap="4">
          <Text color="fg.muted">
            From <Side side={a} /> to <Side side={b} />.
          </Text>
          <Difference comparison={comparison.comparison} scale={scale} />
          <Text textStyle="xs" color="fg.muted">
            Paired by {comparison.matched_by === "id" ? "their ids" : "their questions"}; {formatCounted(onlyA, "item")} only in the first run,{" "}
            {formatCounted(onlyB, "item")} only in the second. {formatCounted(same, "item")} answered alike in both: a difference of their scores is the
            judge's.
          </Text>
        </Stack>
      </Card>
      <ChangesCard items={comparison.items} scale={scale} a={a.model} b={b.model} />
    </>
  );
}

function Side({ side }: { side: RunReference }) {
  return (
    <>
      <RouterLink to={`/evaluations/${encodeURIComponent(side.run)}`} textDecoration="underline">
        {titleOf(side)}
      </RouterLink>{" "}
      ({side.model}, {MODES[side.mode].toLowerCase()}
      {side.mock && ", made-up scores"})
    </>
  );
}
