"""A pair asked in both orders becomes one verdict: only what holds in both counts."""

from __future__ import annotations

from collections.abc import Sequence

from backend.core.evaluation.rows import PairVerdict, Slot, Verdict

TIE = "tie"


def winner_of(answer: str, first: str, second: str) -> str:
    """The model meant by a judge's `first`, `second` or `tie`."""
    return {"first": first, "second": second}.get(answer, TIE)


def verdict_of(baseline: str, candidate: str, slots: Sequence[Slot]) -> PairVerdict:
    """The verdict over all judges, repeats and orders.

    For each judge and repeat the two orders give a win only where they agree; disagreement is a tie and marked
    inconsistent. Over several of them the sign of wins less losses decides. A judge and repeat with an unscored order
    says nothing; when none says anything, the item is unscored.
    """
    outcomes: list[int] = []
    consistent: list[bool] = []
    for judge, repeat in dict.fromkeys((slot.judge, slot.repeat) for slot in slots):
        winners = [slot.winner for slot in slots if (slot.judge, slot.repeat) == (judge, repeat)]
        if len(winners) < 2 or any(winner is None for winner in winners):
            continue
        agree = len(set(winners)) == 1
        consistent.append(agree)
        outcomes.append({candidate: 1, baseline: -1}.get(str(winners[0]), 0) if agree else 0)
    if not outcomes:
        return PairVerdict(
            baseline=baseline, candidate=candidate, status="unscored", verdict=None, consistent=None, slots=list(slots)
        )
    return PairVerdict(
        baseline=baseline,
        candidate=candidate,
        status="scored",
        verdict=verdict_in_words(sum(outcomes)),
        consistent=all(consistent),
        slots=list(slots),
    )


def verdict_in_words(balance: int) -> Verdict:
    """Wins less losses as a verdict."""
    return "win" if balance > 0 else "loss" if balance < 0 else "tie"


def decided_here(baseline: str, candidate: str, before: str, after: str) -> PairVerdict | None:
    """The verdict where no judge is needed: equal answers tie, and something beats nothing; None = ask."""
    if before.strip() == after.strip():
        status, verdict = ("scored" if after.strip() else "empty_prediction"), "tie"
    elif not before.strip():
        status, verdict = "empty_prediction", "win"
    elif not after.strip():
        status, verdict = "empty_prediction", "loss"
    else:
        return None
    return PairVerdict.model_validate(
        {"baseline": baseline, "candidate": candidate, "status": status, "verdict": verdict, "consistent": None}
    )
