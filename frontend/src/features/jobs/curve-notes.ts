/** What a curve tells in a sentence: its summary, and what is wrong with it. */

import { type Curve, STEP } from "@/components/curves/curve";
import type { Chart } from "@/components/curves/charts";
import { smooth } from "@/components/curves/ema";
import { formatCount } from "@/lib/format";

const SPIKE = 2.5;
const SETTLED_AFTER = 10;
const WEIGHT = 0.9;

/** "Loss over 200 steps: train from 2.9 to 0.41." */
export function summaryOf({ title, metrics, format }: Chart, curve: Curve): string {
  const told = metrics.filter(({ name }) => curve.has(name)).map(({ name, label }) => {
    const values = curve.column(name).filter((value) => !Number.isNaN(value));
    return `${label} from ${format(values[0])} to ${format(values.at(-1))}`;
  });
  const steps = curve.column(STEP).at(-1) ?? 0;
  return `${title} over ${steps} steps: ${told.join(", ")}.`;
}

/** What deserves a look: a loss that is no number any more, or one that jumped. */
export function warningOf(curve: Curve): string | null {
  if (!curve.has("loss")) return null;
  const [steps, losses] = [curve.column(STEP), curve.column("loss")];
  const evaluated = curve.column("eval_loss");
  let last = losses.length;
  while (last > 0 && Number.isNaN(losses[last - 1]) && Number.isNaN(evaluated[last - 1])) last -= 1;
  const lost = steps[last];
  if (lost !== undefined) return `The loss has been no number since step ${formatCount(lost)}.`;
  return spikeOf(steps, losses);
}

/** The last jump to a multiple of what the loss was. */
function spikeOf(steps: Float64Array, losses: Float64Array): string | null {
  const smoothed = smooth(losses, WEIGHT);
  let before = NaN;
  let told: string | null = null;
  let seen = 0;
  losses.forEach((loss, at) => {
    if (Number.isNaN(loss)) return;
    if (seen >= SETTLED_AFTER && loss > SPIKE * before && loss - before > 0.5) {
      told = `The loss rose from ${before.toPrecision(3)} to ${loss.toPrecision(3)} at step ${formatCount(steps[at])}.`;
    }
    seen += 1;
    before = smoothed[at] ?? NaN;
  });
  return told;
}
