"""Two models on the same items: how much better, how sure, and in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast

from backend.core.evaluation.aggregation import Measure
from backend.core.evaluation.comparison import CategoryDifference, Comparison, McNemar, Preference, WinRate
from backend.core.evaluation.estimates import difference_of, interval_of, share_of
from backend.core.evaluation.figures import Interval, Mean, Method
from backend.core.evaluation.grading import WORTH
from backend.core.evaluation.items import Question
from backend.core.evaluation.rows import Answer, PairVerdict
from backend.core.metrics import SCALES
from backend.core.statistics import (
    holm,
    length_adjusted,
    mcnemar,
    paired,
    share_interval,
    smallest_detectable,
    win_rate_interval,
)

Verdict = Literal["better", "worse", "no_difference_shown", "too_few"]

METRICS_IN_WORDS = {
    "em": "exact match", "f1": "word F1", "rouge_l": "ROUGE-L", "chrf": "chrF", "bleu": "BLEU", "overall": "the grade",
    "weighted": "the weighted grade", "preference": "preference",
}  # fmt: skip


def comparison_of(
    a: Sequence[Answer], b: Sequence[Answer], questions: Sequence[Question], measure: Measure
) -> Comparison:
    """Model b against model a, item by item.

    Args:
        a, b: one answer per question, in their order.
    """
    both = [at for at in range(len(questions)) if a[at].score is not None and b[at].score is not None]
    before, after = [_known(a[at].score) for at in both], [_known(b[at].score) for at in both]
    found = paired(before, after, measure.seed)
    most = measure.scale[1] - measure.scale[0]
    difference = difference_of([new - old for old, new in zip(before, after, strict=True)], most)
    verdict = verdict_of(difference.ci95, 0.0)
    means = (sum(before) / len(before) if before else None, sum(after) / len(after) if after else None)
    names = (a[0].model if a else "", b[0].model if b else "")
    return Comparison(
        a=names[0],
        b=names[1],
        metric=measure.name,
        mean_a=means[0],
        mean_b=means[1],
        n_unpaired=len(questions) - len(both),
        difference=difference,
        p_t=found.p_t,
        p_permutation=found.p_permutation,
        mcnemar=_mcnemar(before, after, measure.threshold),
        categories=_categories([questions[at] for at in both], before, after, measure),
        metrics=_metric_differences(a, b),
        mde80=smallest_detectable(difference.se) if difference.se is not None else None,
        verdict=verdict,
        sentence=_sentence(names, means, difference, verdict, measure),
    )


def _known(score: float | None) -> float:
    assert score is not None
    return score


def verdict_of(interval: Interval | None, even: float) -> Verdict:
    """Which side of `even` an interval lies on."""
    if interval is None:
        return "too_few"
    if interval.low > even:
        return "better"
    return "worse" if interval.high < even else "no_difference_shown"


def _mcnemar(before: Sequence[float], after: Sequence[float], threshold: float | None) -> McNemar | None:
    if threshold is None:
        return None
    passes = [(old >= threshold, new >= threshold) for old, new in zip(before, after, strict=True)]
    gained = sum(new and not old for old, new in passes)
    lost = sum(old and not new for old, new in passes)
    return McNemar(only_a=lost, only_b=gained, p_value=mcnemar(gained, lost) if gained + lost else None)


def _categories(
    questions: Sequence[Question], before: Sequence[float], after: Sequence[float], measure: Measure
) -> list[CategoryDifference]:
    names = sorted({question.category for question in questions if question.category})
    found = []
    for name in names:
        members = [at for at, question in enumerate(questions) if question.category == name]
        result = paired([before[at] for at in members], [after[at] for at in members], measure.seed)
        most = measure.scale[1] - measure.scale[0]
        difference = difference_of([after[at] - before[at] for at in members], most)
        found.append(CategoryDifference(**difference.model_dump(), name=name, p_value=result.p_permutation))
    known = [entry for entry in found if entry.p_value is not None]
    for entry, p in zip(known, holm([_known(entry.p_value) for entry in known]), strict=True):
        entry.p_holm = p
    return found


def _metric_differences(a: Sequence[Answer], b: Sequence[Answer]) -> dict[str, Mean]:
    names = dict.fromkeys(name for answer in b for name in answer.reference_metrics)
    found = {}
    for name in names:
        low, high = SCALES.get(name, (0.0, 1.0))
        values = [
            new.reference_metrics[name] - old.reference_metrics[name]
            for old, new in zip(a, b, strict=True)
            if name in old.reference_metrics and name in new.reference_metrics
        ]
        found[name] = difference_of(values, high - low)
    return found


def _sentence(
    names: tuple[str, str],
    means: tuple[float | None, float | None],
    difference: Mean,
    verdict: Verdict,
    measure: Measure,
) -> str:
    what = METRICS_IN_WORDS.get(measure.name, measure.name)
    if difference.mean is None or means[0] is None or means[1] is None:
        return f"{names[1]} and {names[0]} have no item that both have a score for."
    shown = f"{what} {figure(means[1], measure)} against {figure(means[0], measure)}"
    if difference.ci95 is None:
        return f"Too few items ({difference.n}) to say whether {names[1]} is better than {names[0]}: {shown}."
    most = measure.scale[1] - measure.scale[0]  # Student's t knows no limits: near all or nothing it goes beyond
    ends = (max(difference.ci95.low, -most), min(difference.ci95.high, most))
    low, high = (change(end, measure) for end in ends)
    told = f"{change(difference.mean, measure)} (95 % interval {low} to {high}), {difference.n} items, paired."
    if verdict == "no_difference_shown":
        return f"No difference shown between {names[1]} and {names[0]}: {shown}, {told}"
    return f"{names[1]} is {verdict} than {names[0]}: {shown}, {told}"


def figure(value: float, measure: Measure) -> str:
    """A score for people: a share of 1 as percent, else with two digits."""
    return f"{value:.1%}" if measure.scale == (0.0, 1.0) else f"{value:.2f}"


def change(value: float, measure: Measure) -> str:
    """A difference for people."""
    return f"{100 * value:+.1f} points" if measure.scale == (0.0, 1.0) else f"{value:+.2f}"


def preference_of(
    baseline: str,
    candidate: str,
    verdicts: Sequence[PairVerdict],
    texts: Sequence[tuple[str, str]],
    seed: int,
) -> Preference:
    """Wins, ties and losses of the candidate.

    Args:
        verdicts: one per item.
        texts: both answers to each item, the baseline's first, for the adjustment by length.
    """
    known = [at for at, found in enumerate(verdicts) if found.verdict is not None]
    outcomes = [WORTH[found.verdict] for found in verdicts if found.verdict is not None]
    # Of nothing but wins every draw is nothing but wins: then Wilson's interval, which knows better.
    alike = len(set(outcomes)) == 1
    rate = share_interval(sum(outcomes), len(outcomes)) if alike else win_rate_interval(outcomes, seed)
    interval = interval_of(rate)
    wins, losses = outcomes.count(1.0), outcomes.count(0.0)
    verdict = verdict_of(interval, 0.5)
    asked = [found for found in verdicts if found.consistent is not None]
    decided = [slot for found in verdicts for slot in found.slots if slot.winner in (baseline, candidate)]
    return Preference(
        a=baseline,
        b=candidate,
        n=len(known),
        n_total=len(verdicts),
        wins=wins,
        ties=len(known) - wins - losses,
        losses=losses,
        win_rate=WinRate(
            n=len(known), count=sum(outcomes), value=rate.value, ci95=interval, method=cast(Method, rate.method)
        ),
        length_adjusted=_adjusted(outcomes, [texts[at] for at in known]),
        consistency=share_of(sum(bool(found.consistent) for found in asked), len(asked)),
        first_slot=share_of(sum(slot.winner == slot.first for slot in decided), len(decided)),
        errors=_errors(verdicts),
        verdict=verdict,
        sentence=_preferred(baseline, candidate, rate.value, interval, len(known), verdict),
    )


def _adjusted(outcomes: Sequence[float], texts: Sequence[tuple[str, str]]) -> WinRate | None:
    found = length_adjusted(outcomes, [float(len(after) - len(before)) for before, after in texts])
    if found is None:
        return None
    return WinRate(
        n=found.n,
        count=found.adjusted * found.n,
        value=found.adjusted,
        ci95=Interval(low=found.low, high=found.high),
        method="sandwich",
    )


def _errors(verdicts: Sequence[PairVerdict]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for found in verdicts:
        if found.verdict is None:
            error = next((slot.error_class for slot in found.slots if slot.error_class), None) or "unknown"
            counts[error] = counts.get(error, 0) + 1
    return dict(sorted(counts.items()))


def _preferred(
    baseline: str, candidate: str, rate: float | None, interval: Interval | None, n: int, verdict: Verdict
) -> str:
    if rate is None:
        return f"No pair of {candidate} and {baseline} has a verdict."
    if interval is None:
        return f"Too few pairs ({n}) to say which of {candidate} and {baseline} is preferred."
    told = f"win rate {rate:.1%} (95 % interval {interval.low:.1%} to {interval.high:.1%}), {n} pairs."
    if verdict == "no_difference_shown":
        return f"The judge prefers neither {candidate} nor {baseline}: {told}"
    winner, loser = (candidate, baseline) if verdict == "better" else (baseline, candidate)
    return f"The judge prefers {winner} to {loser}: {candidate}'s {told}"
