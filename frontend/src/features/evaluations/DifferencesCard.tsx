import { Stack } from "@chakra-ui/react";

import type { PairedComparison } from "@/api/evaluation-types";
import { Card } from "@/components/Card";
import { Difference } from "@/features/evaluations/Difference";
import type { Scale } from "@/lib/score";

/** Every other model against the first, item by item. */
export function DifferencesCard({ comparisons, scale }: { comparisons: PairedComparison[]; scale: Scale }) {
  return (
    <Card title="Differences between the models">
      <Stack gap="6">
        {comparisons.map((comparison) => (
          <Difference key={comparison.b} comparison={comparison} scale={scale} />
        ))}
      </Stack>
    </Card>
  );
}
