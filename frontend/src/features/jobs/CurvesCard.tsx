import { Flex, SimpleGrid, Slider, Switch, Text } from "@chakra-ui/react";
import { lazy, Suspense, useMemo, useState } from "react";

import { Card } from "@/components/Card";
import type { Line } from "@/components/LineChart";
import { type Curve, type CurveStore, curveOf } from "@/features/jobs/curve-store";
import { smooth } from "@/features/jobs/ema";
import { useStore } from "@/lib/store";
import { formatMetric } from "@/lib/format";

const LineChart = lazy(() => import("@/components/LineChart"));

const SHOWN = ["loss", "eval_loss", "learning_rate"];
/** 1 would flatten everything to the first value. */
const MOST_SMOOTHING = 0.99;
const CHART_HEIGHT = 240;

/** The loss and the learning rate over the steps, as they come. */
export function CurvesCard({ curve: store, ended }: { curve: CurveStore; ended: boolean }) {
  const columns = useStore(store);
  const curve = useMemo(() => curveOf(columns, SHOWN), [columns]);
  const [smoothing, setSmoothing] = useState(0.6);
  const [log, setLog] = useState(false);
  const lossLines = useMemo(() => linesOfLoss(curve, smoothing), [curve, smoothing]);
  const rateLines = useMemo(() => linesOfRate(curve), [curve]);
  if (curve.steps.length === 0) return ended ? null : <NoCurveYet />;
  return (
    <Card
      title="Curves"
      aside={<Controls smoothing={smoothing} onSmoothing={setSmoothing} log={log} onLog={setLog} />}
    >
      <SimpleGrid columns={{ base: 1, xl: 2 }} gap="6">
        <Suspense fallback={<div style={{ height: CHART_HEIGHT }} />}>
          <LineChart title="Loss" summary={summaryOf(curve)} x={curve.steps} lines={lossLines} log={log} height={CHART_HEIGHT} />
          <LineChart title="Learning rate" summary={rateSummary(curve)} x={curve.steps} lines={rateLines} height={CHART_HEIGHT} />
        </Suspense>
      </SimpleGrid>
    </Card>
  );
}

function NoCurveYet() {
  return (
    <Card title="Curves">
      <Text color="fg.muted" py="6">
        The first point appears when training has logged its first step.
      </Text>
    </Card>
  );
}

interface ControlsProps {
  smoothing: number;
  onSmoothing: (value: number) => void;
  log: boolean;
  onLog: (log: boolean) => void;
}

function Controls({ smoothing, onSmoothing, log, onLog }: ControlsProps) {
  return (
    <Flex align="center" gap="6" wrap="wrap" textStyle="xs">
      <Slider.Root
        size="sm"
        w="240px"
        display="flex"
        flexDirection="row"
        alignItems="center"
        gap="3"
        min={0}
        max={MOST_SMOOTHING}
        step={0.01}
        value={[smoothing]}
        onValueChange={({ value: [first = 0] }) => onSmoothing(first)}
        title={`Each point is ${Math.round(smoothing * 100)} % the previous smoothed value`}
      >
        <Slider.Label textStyle="xs" whiteSpace="nowrap" color="fg.muted">
          Smoothing
        </Slider.Label>
        <Slider.Control flex="1">
          <Slider.Track>
            <Slider.Range />
          </Slider.Track>
          <Slider.Thumb index={0} />
        </Slider.Control>
        <Text w="4ch">{smoothing.toFixed(2)}</Text>
      </Slider.Root>
      <Switch.Root size="xs" checked={log} onCheckedChange={({ checked }) => onLog(checked)}>
        <Switch.HiddenInput />
        <Switch.Control />
        <Switch.Label textStyle="xs" color="fg.muted" fontWeight="normal">
          Log scale
        </Switch.Label>
      </Switch.Root>
    </Flex>
  );
}

function linesOfLoss({ series }: Curve, smoothing: number): Line[] {
  const { loss = [], eval_loss: evaluation = [] } = series;
  const raw: Line[] = smoothing > 0 ? [{ label: "raw", values: loss, color: "data-train", faint: true }] : [];
  const lines: Line[] = [...raw, { label: "train", values: smooth(loss, smoothing), color: "data-train" }];
  const evaluated = evaluation.some((value) => value !== null);
  return evaluated ? [...lines, { label: "eval", values: evaluation, color: "data-eval", dash: [6, 4], points: true }] : lines;
}

function linesOfRate({ series }: Curve): Line[] {
  return [{ label: "learning rate", values: series.learning_rate ?? [], color: "data-rate" }];
}

function summaryOf({ steps, series }: Curve): string {
  const losses = (series.loss ?? []).filter((value) => value !== null);
  const [first, last] = [losses[0], losses.at(-1)];
  return `Loss over ${steps.at(-1) ?? 0} steps, from ${formatMetric(first)} to ${formatMetric(last)}.`;
}

function rateSummary({ series }: Curve): string {
  const rates = (series.learning_rate ?? []).filter((value) => value !== null);
  return `Learning rate, now ${formatMetric(rates.at(-1))}, at most ${formatMetric(rates.length ? Math.max(...rates) : null)}.`;
}
