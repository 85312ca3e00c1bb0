/** What is known of a judge, in sentences. */

import type { Control, Health, Summary } from "@/api/evaluation-types";
import { CONTROLS } from "@/features/evaluations/words";
import { formatCount, formatFixed, formatMetric, formatShare, NOTHING } from "@/lib/format";

export interface ControlKind {
  title: string;
  outcome: "passed" | "failed" | "silent";
  sentence: string;
}

/** The planted answers by kind: one that the judge graded wrongly tells more than many that it graded well. */
export function controlKinds({ controls }: Health): ControlKind[] {
  return (Object.keys(CONTROLS) as Control["kind"][]).flatMap((kind) => {
    const own = controls.filter((control) => control.kind === kind);
    const [first] = own;
    if (!first) return [];
    const judged = own.filter(({ passed }) => passed !== null);
    const passed = judged.filter((control) => control.passed).length;
    const scores = own.flatMap(({ score }) => (score === null ? [] : [formatMetric(score)]));
    const given = scores.length > 0 ? `scores ${scores.join(", ")}` : "no score";
    const outcome = judged.length === 0 ? "silent" : passed === judged.length ? "passed" : "failed";
    const sentence = `${formatCount(passed)} of ${formatCount(own.length)} graded as they should be: ${first.expected}; ${given}.`;
    return [{ title: CONTROLS[kind], outcome, sentence }];
  });
}

const BETWEEN = { judges: "judges", repeats: "repeats", judges_and_repeats: "judges and repeats" };

/** -0.0247 -> "−0.02": further digits would be noise. */
function correlation(value: number | null): string {
  return value === null ? NOTHING : formatFixed(value, 2).replace("-", "−");
}

/** How far ratings of the same item agree, among judges and with people. */
export function ratingFacts({ agreement, human, length }: Summary): [string, string][] {
  const facts: [string, string][] = [];
  if (agreement) {
    const { between, n, alpha, exact } = agreement;
    facts.push([`Agreement of ${BETWEEN[between]}`, `alpha ${formatMetric(alpha)} over ${formatCount(n)} items (1 is perfect, 0 is chance)`]);
    if (exact.value !== null) facts.push(["All ratings the same", formatShare(exact.value)]);
  }
  if (human) {
    const { n, weighted_kappa: kappa, spearman, within_one: near } = human;
    facts.push(["Agreement with people", `kappa ${formatMetric(kappa)}, rank correlation ${correlation(spearman)} over ${formatCount(n)} items`]);
    if (near.value !== null) facts.push(["Within one point", formatShare(near.value)]);
  }
  if (length?.spearman != null) facts.push(["Score and length", `rank correlation ${correlation(length.spearman)}`]);
  return facts;
}
