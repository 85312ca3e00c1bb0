import { Box, Flex, Text } from "@chakra-ui/react";
import { type KeyboardEvent, type ReactNode, useRef, useState } from "react";

import type { LineStyle, PlotData } from "@/components/curves/plot-data";
import { type PlotProps, usePlot } from "@/components/curves/use-plot";
import type { Axis } from "@/components/curves/view";
import { formatCount, formatDuration } from "@/lib/format";

interface CurvePlotProps extends Omit<PlotProps, "onCursor" | "onDrawn"> {
  title: string;
  /** The chart in a sentence, for those who cannot see it. */
  summary: string;
  /** Told of a click on a point, by its place on the axis. */
  onPick?: (x: number) => void;
  /** Told what is drawn, to be copied. */
  onData?: (data: PlotData) => void;
  actions?: ReactNode;
}

/** The pointer moves no further in a click; in a drag it does. */
const CLICK_PX = 4;

/** Curves over an axis, with the values under the cursor above them. Drag to zoom; new points leave that alone. */
export default function CurvePlot({ title, summary, onPick, onData, actions, ...plot }: CurvePlotProps) {
  const [at, setAt] = useState<number | null>(null);
  const [data, setData] = useState<PlotData | null>(null);
  const pressed = useRef(0);
  const onDrawn = (drawn: PlotData) => {
    setData(drawn);
    onData?.(drawn);
  };
  const { place, chart } = usePlot({ ...plot, onCursor: setAt, onDrawn });
  const onKeyDown = (event: KeyboardEvent) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (steps === undefined || !chart.current || !data) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(data.x.length - 1, (at ?? data.x.length) + steps * (event.shiftKey ? 10 : 1)));
    chart.current.setCursor({ left: chart.current.valToPos(data.x[next] ?? 0, "x"), top: 0 });
  };
  return (
    <Box minW="0">
      <Flex gap="2" mb="1" minH="6" align="center">
        <Text as="h3" textStyle="xs" fontWeight="medium" flex="1">
          {title}
        </Text>
        {actions}
      </Flex>
      <ValueStrip styles={plot.styles} data={data} at={at} axis={plot.axis} format={plot.format} />
      <Box
        ref={place}
        role="img"
        aria-label={summary}
        tabIndex={0}
        h={`${plot.height}px`}
        borderRadius="sm"
        focusVisibleRing="outside"
        onKeyDown={onKeyDown}
        onPointerDown={({ clientX }) => (pressed.current = clientX)}
        onClick={({ clientX }) => {
          if (at !== null && data && Math.abs(clientX - pressed.current) < CLICK_PX) onPick?.(data.x[at] ?? 0);
        }}
      />
    </Box>
  );
}

interface ValueStripProps {
  styles: LineStyle[];
  data: PlotData | null;
  at: number | null;
  axis: Axis;
  format: (value: number | null | undefined) => string;
}

/** The values under the cursor; without a cursor the newest. */
function ValueStrip({ styles, data, at, axis, format }: ValueStripProps) {
  const x = at === null ? undefined : data?.x[at];
  return (
    <Flex columnGap="3" wrap="wrap" textStyle="xs" minH="18px" mb="1" overflow="hidden">
      {styles.map((style, index) => style.faint || <ValueOf key={style.label} style={style} value={format(valueAt(data?.lines[index], at))} />)}
      {x !== undefined && <Text color="fg.muted">{axis === "time" ? formatDuration(x) : `${axis === "step" ? "step" : "tokens"} ${formatCount(x)}`}</Text>}
    </Flex>
  );
}

function ValueOf({ style, value }: { style: LineStyle; value: string }) {
  return (
    <Flex as="span" align="center" gap="1.5" minW="0">
      <Box w="3" flexShrink="0" borderTopWidth="2px" borderColor={style.color.replace("-", ".")} borderStyle={style.dash ? "dashed" : "solid"} />
      <Text as="span" color="fg.muted" truncate>
        {style.label}
      </Text>
      <Text as="span" minW="5ch">
        {value}
      </Text>
    </Flex>
  );
}

/** What is told now and then has its value until the next. */
function valueAt(values: (number | null)[] | undefined, at: number | null): number | null {
  for (let index = at ?? (values?.length ?? 0) - 1; index >= 0; index -= 1) {
    const value = values?.[index];
    if (value != null) return value;
  }
  return null;
}
