import { Box, chakra, Flex, Text } from "@chakra-ui/react";

import { type EnergyPoint } from "@/features/merge/figures";
import { formatShare } from "@/lib/format";

const [WIDTH, HEIGHT] = [360, 150];
const PLOT = { left: 40, right: 10, top: 10, bottom: 24 };
const SHARES = [0, 0.5, 1];

const Svg = chakra("svg", { base: { display: "block", w: "full", maxW: "460px", h: "auto", fontSize: "11px", "& text": { fill: "fg.muted" } } });

/** How much of the sum each rank keeps, in the median layer and in the worst. */
export function EnergyChart({ points, needed }: { points: EnergyPoint[]; needed: number }) {
  const x = (index: number) => PLOT.left + ((WIDTH - PLOT.left - PLOT.right) * index) / Math.max(1, points.length - 1);
  const y = (share: number) => PLOT.top + (HEIGHT - PLOT.top - PLOT.bottom) * (1 - share);
  const path = (of: (point: EnergyPoint) => number) => points.map((point, index) => `${x(index)},${y(of(point))}`).join(" ");
  return (
    <Box>
      <Flex gap="4" mb="2" textStyle="xs" wrap="wrap">
        <Key color="data.train" words="median layer" />
        <Key color="data.eval" words="worst layer" dashed />
      </Flex>
      <Svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={summaryOf(points, needed)}>
        {SHARES.map((share) => (
          <g key={share}>
            <chakra.line x1={PLOT.left} x2={WIDTH - PLOT.right} y1={y(share)} y2={y(share)} stroke="border" />
            <text x={PLOT.left - 6} y={y(share) + 4} textAnchor="end">
              {formatShare(share)}
            </text>
          </g>
        ))}
        {points.map(({ rank }, index) => (
          <text key={rank} x={x(index)} y={HEIGHT - 6} textAnchor="middle">
            {rank}
          </text>
        ))}
        <chakra.polyline points={path((point) => point.median)} fill="none" stroke="data.train" strokeWidth="2" />
        <chakra.polyline points={path((point) => point.least)} fill="none" stroke="data.eval" strokeWidth="2" strokeDasharray="5 4" />
      </Svg>
      <Text textStyle="xs" color="fg.muted" mt="2">
        Rank {needed} keeps 99.9 % in every layer.
      </Text>
    </Box>
  );
}

function Key({ color, words, dashed = false }: { color: string; words: string; dashed?: boolean }) {
  return (
    <Flex as="span" align="center" gap="1.5">
      <Box w="4" borderTopWidth="2px" borderColor={color} borderStyle={dashed ? "dashed" : "solid"} />
      <Text as="span" color="fg.muted">
        {words}
      </Text>
    </Flex>
  );
}

/** The whole chart in words, for those who cannot see it. */
export function summaryOf(points: EnergyPoint[], needed: number): string {
  const kept = points.map((point) => `rank ${point.rank} ${formatShare(point.median)} and ${formatShare(point.least)}`);
  return `Share of the sum that a rank keeps, in the median and in the worst layer: ${kept.join("; ")}. Rank ${needed} keeps 99.9 % in every layer.`;
}
