/** How the parts of an evaluation are called. */

import type { Control, EntryStatus, EvaluationEntry, ItemStatus, PairedComparison, Summary } from "@/api/evaluation-types";
import { labelOf } from "@/components/schema-form/form-spec";
import { formatMoney } from "@/lib/format";

export const MODES: Record<EvaluationEntry["mode"], string> = {
  unknown: "Not known",
  reference: "Against references",
  single: "Judge, one by one",
  rubric: "Judge, by rubric",
  pairwise: "Judge, in pairs",
};

export const RUN_STATUSES: Record<EntryStatus, string> = {
  complete: "Complete",
  below_coverage: "Too little scored",
  partial: "Stopped early",
  cancelled: "Cancelled",
  unfinished: "No results yet",
  unreadable: "Cannot be read",
};

export const ITEM_STATUSES: Record<ItemStatus, string> = {
  scored: "scored",
  unscored: "unscored",
  empty_prediction: "empty answer",
  duplicate_of: "duplicate",
  no_reference: "no reference",
};

export const VERDICTS: Record<PairedComparison["verdict"], string> = {
  better: "better",
  worse: "worse",
  no_difference_shown: "no difference shown",
  too_few: "too few items to say",
};

export const CONTROLS: Record<Control["kind"], string> = {
  reference: "The reference itself",
  unrelated: "The answer to another question",
  empty_ish: "An answer that says next to nothing",
  asks_for_top_score: "An answer that asks for the top score",
};

const METRICS: Record<string, string> = {
  em: "Exact match",
  exact_match: "Exact match",
  f1: "Word F1",
  token_f1: "Word F1",
  rouge_l: "ROUGE-L",
  chrf: "chrF",
  bleu: "BLEU",
  overall: "Overall score",
  weighted: "Weighted score",
};

/** A score, metric, criterion or class of errors as people read it. */
export function nameOf(name: string): string {
  return (Object.hasOwn(METRICS, name) && METRICS[name]) || labelOf(name);
}

/** A run as people call it. */
export function titleOf({ run, tag }: Pick<EvaluationEntry | Summary, "run" | "tag">): string {
  return tag ?? run;
}

/** A run where only a line is free for it. */
export function nameOfEntry(entry: EvaluationEntry): string {
  return [entry.model ?? entry.models.join(", "), titleOf(entry)].filter(Boolean).join(" · ");
}

/** What a run cost: not knowing is not nothing. */
export function costText({ value, currency }: Summary["cost"]): string {
  return value === null ? "unknown" : formatMoney(value, currency);
}
