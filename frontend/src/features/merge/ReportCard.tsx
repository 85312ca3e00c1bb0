import { Box, Flex, Grid, Heading, Skeleton, Spinner, Stack, Text } from "@chakra-ui/react";
import { useMemo, useState } from "react";

import type { Comparison } from "@/api/types";
import { Card } from "@/components/Card";
import { Disclosure } from "@/components/Disclosure";
import { Segments } from "@/components/Segments";
import { EnergyChart } from "@/features/merge/EnergyChart";
import { countLayers, energyByRank, isPair, type Measure, pairSummaries, rankNeeded } from "@/features/merge/figures";
import { HeatMap } from "@/features/merge/HeatMap";
import { AdapterFacts, LayerTable, PairTable } from "@/features/merge/tables";
import type { ComparisonState } from "@/features/merge/use-comparison";
import { NAMES } from "@/features/merge/words";

/** How the chosen adapters relate, before anything is written. */
export function ReportCard({ state }: { state: ComparisonState }) {
  const { comparison, pending, waiting } = state;
  return (
    <Card title="How they relate" aside={pending && <Spinner size="xs" role="status" aria-label="Comparing" />}>
      {waiting && <Text color="fg.muted">Choose two adapters: this compares what they have learnt, layer by layer.</Text>}
      {!comparison && pending && <Skeleton h="260px" />}
      {comparison && (
        <Box opacity={pending ? 0.6 : 1} transition="opacity 0.2s">
          <Report comparison={comparison} />
        </Box>
      )}
    </Card>
  );
}

/** With more layers than this the map needs the whole width. */
const MOST_BESIDE = 28;

const MEASURES = (["cosine", "conflict"] as const).map((value) => ({ value, label: NAMES[value] }));

function Report({ comparison }: { comparison: Comparison }) {
  const summaries = useMemo(() => pairSummaries(comparison), [comparison]);
  const energy = useMemo(() => energyByRank(comparison), [comparison]);
  const [wanted, setWanted] = useState("");
  const [measure, setMeasure] = useState<Measure>("cosine");
  const chosen = summaries.find(({ names }) => names.join() === wanted) ?? summaries[0];
  const deep = useMemo(() => countLayers(comparison) > MOST_BESIDE, [comparison]);
  const pairs = useMemo(() => comparison.pairs.filter((pair) => chosen && isPair(pair, chosen.pair)), [comparison, chosen]);
  return (
    <Stack gap="5">
      <AdapterFacts parents={comparison.parents} />
      {chosen && <PairTable summaries={summaries} chosen={chosen} onChoose={({ names }) => setWanted(names.join())} />}
      <Grid templateColumns={{ base: "minmax(0, 1fr)", xl: deep ? undefined : "minmax(0, 3fr) minmax(0, 2fr)" }} gap="8">
        {chosen && (
          <Box minW="0">
            <Flex align="center" justify="space-between" gap="3" wrap="wrap" mb="3">
              <Heading as="h3" textStyle="sm" fontWeight="medium">
                Layer by layer: {chosen.names.join(" and ")}
              </Heading>
              <Segments
                name="measure"
                label="What the colours show"
                options={MEASURES}
                value={measure}
                onChange={(value) => setMeasure(value as Measure)}
              />
            </Flex>
            <HeatMap pairs={pairs} names={chosen.names} measure={measure} />
          </Box>
        )}
        <Box minW="0">
          <Heading as="h3" textStyle="sm" fontWeight="medium" mb="3" minH="8" lineHeight="2rem">
            What a rank keeps of the sum
          </Heading>
          <EnergyChart points={energy} needed={rankNeeded(comparison)} />
        </Box>
      </Grid>
      {chosen && (
        <Disclosure title="Layers as numbers" note={String(comparison.modules.length)}>
          <LayerTable comparison={comparison} chosen={chosen} />
        </Disclosure>
      )}
    </Stack>
  );
}
