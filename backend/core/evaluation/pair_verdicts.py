"""The verdicts of a run's pairs, from what its judges said to each order."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from backend.core.evaluation.items import Answers, Material
from backend.core.evaluation.judging import Outcome
from backend.core.evaluation.pairing import decided_here, verdict_of, winner_of
from backend.core.evaluation.requests import Setup, pair_name
from backend.core.evaluation.rows import PairVerdict, Slot
from backend.core.evaluation.verdicts import PairAnswer

NOT_ASKED = "not_asked"
"""The class of an item that the run did not come to."""


def verdicts_of(material: Material, setup: Setup, outcomes: Mapping[str, Outcome]) -> list[list[PairVerdict]]:
    """Per candidate, a verdict for each item against the baseline; nothing in a run without pairs."""
    if not setup.pairs:
        return []
    items = range(len(material.questions))
    baseline, *candidates = material.answers
    return [[_verdict(at, baseline, candidate, setup, outcomes) for at in items] for candidate in candidates]


def _verdict(at: int, before: Answers, after: Answers, setup: Setup, outcomes: Mapping[str, Outcome]) -> PairVerdict:
    decided = decided_here(before.model, after.model, before.predictions[at], after.predictions[at])
    if decided:
        return decided
    orders = ((before.model, after.model), (after.model, before.model))
    slots = [
        _slot(judge, repeat, first, second, outcomes.get(pair_name(at, first, second, judge, repeat)))
        for judge, repeat, (first, second) in product(setup.judges, range(setup.repeats), orders)
    ]
    return verdict_of(before.model, after.model, slots)


def _slot(judge: str, repeat: int, first: str, second: str, outcome: Outcome | None) -> Slot:
    if outcome is None or not isinstance(outcome.value, PairAnswer):
        error = outcome.error_class if outcome else NOT_ASKED
        return Slot(judge=judge, repeat=repeat, first=first, winner=None, error_class=error)
    winner = winner_of(outcome.value.winner, first, second)
    return Slot(judge=judge, repeat=repeat, first=first, winner=winner, rationale=outcome.value.rationale)


def outcomes_of(at: int, pair: PairVerdict, outcomes: Mapping[str, Outcome]) -> list[Outcome]:
    """What came of every request behind a verdict, for what it cost."""
    names = []
    for slot in pair.slots:
        second = pair.candidate if slot.first == pair.baseline else pair.baseline
        names.append(pair_name(at, slot.first, second, slot.judge, slot.repeat))
    return [outcomes[name] for name in names if name in outcomes]
