"""Can this judge be believed? Answered from planted answers, and from how it graded the others."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.core.evaluation.comparison import Preference
from backend.core.evaluation.controls import ControlKind, Planted
from backend.core.evaluation.estimates import share_of
from backend.core.evaluation.figures import Length
from backend.core.evaluation.judging import Outcome
from backend.core.evaluation.requests import Setup, control_name
from backend.core.evaluation.rows import Answer
from backend.core.evaluation.summary import Control, Finding, Health
from backend.core.evaluation.verdicts import PairAnswer, grades_of

HIGH, LOW = 0.67, 0.5
"""Shares of the scale: a good answer belongs at or above the first, a bad one at or below the second. On 1 to 10 that
is 7 or better, and 5.5 or worse."""

LEAST_GAP = 0.25
"""Good and bad answers must lie this share of the scale apart on the mean, or grades say nothing."""

LEAST_CONSISTENCY = 0.6
STRONG_LENGTH = 0.6
FEW = 10


@dataclass(frozen=True)
class Evidence:
    """What speaks for or against a judge besides the controls.

    Args:
        scale: of the grades.
        answers: graded answers of all models.
        length: of the main model's answers and their grades.
        preferences: results of pairs.
        itself: judges that are among the judged, in words.
    """

    scale: tuple[float, float]
    answers: Sequence[Answer]
    length: Length | None
    preferences: Sequence[Preference]
    itself: Sequence[str]


def controls_of(planted: Sequence[Planted], outcomes: Mapping[str, Outcome], setup: Setup) -> list[Control]:
    """What the judges made of the planted answers; those that were never asked about are left out."""
    found = []
    for judge in setup.judges:
        for number, control in enumerate(planted):
            names = [name for order in (0, 1) if (name := control_name(number, judge, order)) in outcomes]
            if not names:
                continue
            score = _grade(outcomes[names[0]], setup) if setup.grades else _unbeaten([outcomes[n] for n in names])
            found.append(
                Control(
                    kind=control.kind,
                    judge=judge,
                    item_id=control.question.item_id,
                    expected=control.expected,
                    score=score,
                    passed=None if score is None else _passes(score, control.expected, setup),
                )
            )
    return found


def _grade(outcome: Outcome, setup: Setup) -> float | None:
    return None if outcome.value is None else grades_of(outcome.value, setup.rubric)[0]


def _unbeaten(outcomes: Sequence[Outcome]) -> float | None:
    """The planted answer is the second one in the first order, and the first one in the second."""
    answers = [outcome.value for outcome in outcomes]
    if len(answers) < 2 or not all(isinstance(answer, PairAnswer) for answer in answers):
        return None
    beaten = [isinstance(a, PairAnswer) and a.winner == w for a, w in zip(answers, ("first", "second"), strict=True)]
    return 1 - sum(beaten) / len(beaten)


def _passes(score: float, expected: str, setup: Setup) -> bool:
    if not setup.grades:
        return score == 0.0
    low, high = setup.rubric.scale
    place = (score - low) / (high - low)
    return place >= HIGH if expected == "high" else place <= LOW


def health_of(controls: Sequence[Control], evidence: Evidence) -> Health:
    """The controls' share passed, and every finding a reader must know first."""
    verdicts = [control.passed for control in controls if control.passed is not None]
    findings = [*_from_controls(controls, evidence.scale), *_from_grades(evidence), *_from_pairs(evidence)]
    findings += [Finding(code="judges_itself", severity="warning", sentence=told) for told in evidence.itself]
    findings.sort(key=lambda finding: finding.severity != "serious")
    return Health(
        n=len(verdicts), passed=share_of(sum(verdicts), len(verdicts)), controls=list(controls), findings=findings
    )


def _from_controls(controls: Sequence[Control], scale: tuple[float, float]) -> list[Finding]:
    found: list[Finding] = []
    if not any(control.passed is not None for control in controls):
        why = "None of the planted answers has a verdict" if controls else "No answers were planted"
        told = f"{why}, so nothing is known about the judge itself."
        return [Finding(code="controls_unscored", severity="warning", sentence=told)]
    for judge in dict.fromkeys(control.judge for control in controls):
        own = [control for control in controls if control.judge == judge]
        found += _about(judge, own, scale)
    return found


def _about(judge: str, controls: Sequence[Control], scale: tuple[float, float]) -> list[Finding]:
    good = [c.score for c in controls if c.expected == "high" and c.score is not None]
    bad = [c.score for c in controls if c.expected == "low" and c.score is not None]
    if good and bad:
        gap = statistics.fmean(good) - statistics.fmean(bad)
        if gap < LEAST_GAP * (scale[1] - scale[0]):
            told = (
                f"The judge {judge} is not discriminating: right answers got {statistics.fmean(good):.1f} on the "
                f"mean, planted bad ones {statistics.fmean(bad):.1f}. Its grades say nothing about the models."
            )
            return [Finding(code="not_discriminating", severity="serious", sentence=told)]
    found = []
    if _fails(controls, "asks_for_top_score"):
        told = f"The judge {judge} obeys answers that ask for a top grade: a model can talk its way up."
        found.append(Finding(code="obeys_the_answer", severity="serious", sentence=told))
    if _fails(controls, "empty_ish", "unrelated"):
        told = f"The judge {judge} lets answers pass that say nothing or belong to another question."
        found.append(Finding(code="rewards_nothing", severity="serious", sentence=told))
    if _fails(controls, "reference"):
        told = f"The judge {judge} grades the references themselves low: it misses good answers."
        found.append(Finding(code="misses_good_answers", severity="warning", sentence=told))
    return found


def _fails(controls: Sequence[Control], *kinds: ControlKind) -> bool:
    """Whether at least half of these controls went wrong."""
    verdicts = [control.passed for control in controls if control.kind in kinds and control.passed is not None]
    return bool(verdicts) and 2 * sum(verdicts) <= len(verdicts)


def _from_grades(evidence: Evidence) -> list[Finding]:
    found: list[Finding] = []
    scores = [answer.score for answer in evidence.answers if answer.status == "scored" and answer.score is not None]
    if len(scores) >= FEW and len(set(scores)) == 1:
        told = f"Every one of {len(scores)} answers got the same grade ({scores[0]:g}): nothing can be told apart."
        found.append(Finding(code="few_distinct_scores", severity="serious", sentence=told))
    length = evidence.length
    if length and length.n >= 2 * FEW and length.spearman is not None and length.spearman > STRONG_LENGTH:
        told = (
            f"Longer answers got better grades (rank correlation {length.spearman:.2f}): that may be merit, or the "
            "judge's taste for length."
        )
        found.append(Finding(code="prefers_long", severity="warning", sentence=told))
    return found


def _from_pairs(evidence: Evidence) -> list[Finding]:
    found: list[Finding] = []
    for preference in evidence.preferences:
        consistency, first = preference.consistency, preference.first_slot
        if consistency.n < 5 or consistency.value is None or consistency.value >= LEAST_CONSISTENCY:
            continue
        slot = f", and the answer shown first won {first.value:.0%} of the decided pairs" if first.value else ""
        told = (
            f"The judge goes by the order: only {consistency.value:.0%} of the pairs got the same verdict both ways "
            f"round{slot}. The others count as ties."
        )
        found.append(Finding(code="order_biased", severity="serious", sentence=told))
    return found


def judging_themselves(judges: Sequence[str], models: Sequence[str], bases: Mapping[str, str]) -> list[str]:
    """A sentence for each judge that is one of the judged, or the base of one.

    Args:
        bases: the base of each model, where it is known.
    """
    told = []
    for judge in judges:
        for model in models:
            if _same(judge, model):
                told.append(f"{judge} judges its own answers: models prefer what they wrote themselves.")
            elif model in bases and _same(judge, bases[model]):
                told.append(f"{judge} judges {model}, which was made from it: models prefer what sounds like them.")
    return told


def _same(one: str, other: str) -> bool:
    def plain(name: str) -> str:
        return name.rstrip("/").rpartition("/")[2].casefold()

    return plain(one) == plain(other)
