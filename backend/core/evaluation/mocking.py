"""A made-up judge for test mode: seeded, sensible, and marked as made up wherever its grades go."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from backend.core.evaluation.requests import Request
from backend.core.evaluation.rubric import Rubric
from backend.core.metrics import token_f1

Mock = Callable[[Random], dict[str, Any]]


def grades(request: Request, rubric: Rubric) -> Mock:
    """Grades by the words that answer and reference share, with a little chance."""
    low, high = rubric.scale

    def answer(draw: Random) -> dict[str, Any]:
        worth = _worth(request.answer, request)
        made: dict[str, Any] = {"rationale": "MOCK: graded by shared words, not by a judge."}
        for name in [criterion.name for criterion in rubric.criteria] + (["score"] if rubric.overall else []):
            noisy = min(1.0, max(0.0, worth + draw.uniform(-0.1, 0.1)))
            made[name] = round(low + noisy * (high - low))
        return made

    return answer


def choice(request: Request) -> Mock:
    """The answer that shares more words with the reference; a tie where both share about as many."""

    def answer(draw: Random) -> dict[str, Any]:
        difference = _worth(request.answer, request) - _worth(request.second, request) + draw.uniform(-0.02, 0.02)
        winner = "tie" if abs(difference) < 0.1 else "first" if difference > 0 else "second"
        return {"rationale": "MOCK: chosen by shared words, not by a judge.", "winner": winner}

    return answer


def _worth(answer: str, request: Request) -> float:
    """From 0 to 1. Without a reference the question stands in for it, and more words are better."""
    right = request.reference if request.reference is not None else request.right
    if right is not None:
        return token_f1(answer, right)
    return min(1.0, token_f1(answer, request.question) + len(answer.split()) / 40)
