import "uplot/dist/uPlot.min.css";

import { Box, Flex, Text } from "@chakra-ui/react";
import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";

import { chartOptions, dataOf, type Line } from "@/components/chart-options";
import { formatCount, formatMetric } from "@/lib/format";
import { useColorMode } from "@/lib/color-mode";

export type { Line };

interface LineChartProps {
  title: string;
  /** The chart in a sentence, for those who cannot see it. */
  summary: string;
  x: number[];
  lines: Line[];
  log?: boolean;
  height: number;
}

/** Curves over steps. Drag to zoom, double-click to see everything; new points leave the zoom alone. */
export default function LineChart({ title, summary, x, lines, log = false, height }: LineChartProps) {
  const [at, setAt] = useState<number | null>(null);
  const place = useChart({ x, lines, log, height, onCursor: setAt });
  return (
    <Box minW="0">
      <Flex gap="4" mb="2" align="baseline" wrap="wrap" textStyle="xs">
        <Text fontWeight="medium">{title}</Text>
        {lines.map((line) => (
          <ValueOf key={line.label} line={line} at={at} />
        ))}
        {at !== null && <Text color="fg.muted">step {formatCount(x[at])}</Text>}
      </Flex>
      <Box ref={place} role="img" aria-label={summary} h={`${height}px`} />
    </Box>
  );
}

/** The value under the cursor; without a cursor the newest. */
function ValueOf({ line, at }: { line: Line; at: number | null }) {
  const value = at === null ? line.values.findLast((one) => one !== null) : line.values[at];
  return (
    <Flex as="span" align="center" gap="1.5">
      <Box w="3" borderTopWidth="2px" borderColor={line.color.replace("-", ".")} borderStyle={line.dash ? "dashed" : "solid"} opacity={line.faint ? 0.4 : 1} />
      <Text as="span" color="fg.muted">
        {line.label}
      </Text>
      <Text as="span" minW="5ch">
        {formatMetric(value)}
      </Text>
    </Flex>
  );
}

interface ChartInput extends Pick<LineChartProps, "x" | "lines" | "height"> {
  log: boolean;
  onCursor: (index: number | null) => void;
}

/** Makes the chart anew when its shape changes, and feeds it when only its points do. */
function useChart({ x, lines, log, height, onCursor }: ChartInput) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const zoomed = useRef(false);
  const latest = useRef({ x, lines });
  const mode = useColorMode();
  const shape = lines.map(({ label }) => label).join();

  useEffect(() => {
    latest.current = { x, lines };
    chart.current?.setData(dataOf(x, lines, log), !zoomed.current);
  }, [x, lines, log]);

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const { x: points, lines: drawn } = latest.current;
    const onZoom = (is: boolean) => (zoomed.current = is);
    const options = chartOptions({ lines: drawn, log, height, width: element.clientWidth, onCursor, onZoom });
    const plot = new uPlot(options, dataOf(points, drawn, log), element);
    chart.current = plot;
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
      chart.current = null;
      zoomed.current = false;
    };
  }, [shape, log, height, mode, onCursor]);

  return place;
}
