"""Judges for the fake server: each answers as its name says."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Any

from tests.llm_server.answerers import question_of

CRITERIA = ("factual_accuracy", "completeness", "relevance", "clarity")


def fenced(request: Mapping[str, Any], name: str) -> str:
    """The text between the fences of this name."""
    found = re.search(
        rf"(?ms)^\[[0-9a-f]{{16}}\] begin {name}\n(.*?)\n\[[0-9a-f]{{16}}\] end {name}", question_of(request)
    )
    return found[1] if found else ""


def number_of(text: str) -> int:
    """The number in `question 17?`; -1 when it has none."""
    found = re.search(r"\d+", text)
    return int(found[0]) if found else -1


def grade_by_number(number: int) -> int:
    """The grade of an item: known to tests, spread over the scale."""
    return 1 + (number * 7) % 10


def grades(score: int) -> dict[str, Any]:
    """An answer with this grade everywhere."""
    return {"rationale": "as told", **dict.fromkeys(CRITERIA, score), "score": score}


def by_number(request: Mapping[str, Any], _: random.Random) -> Any:
    """Grades item n by its number; planted answers as they deserve."""
    answer, reference = fenced(request, "answer"), fenced(request, "reference")
    if answer == reference and reference:
        return grades(10)
    if not answer.startswith("answer "):
        return grades(1)
    return grades(grade_by_number(number_of(fenced(request, "question"))))


def always_ten(request: Mapping[str, Any], _: random.Random) -> Any:
    """Full marks for everything."""
    return {**grades(10), "winner": "first"}


def first_slot(request: Mapping[str, Any], generator: random.Random) -> Any:
    """Prefers what it saw first, but for one question in five."""
    better = "first answer" if "good" in fenced(request, "first answer") else "second answer"
    honest = number_of(fenced(request, "question")) % 5 == 0
    return {"rationale": "order", "winner": better.split()[0] if honest else "first"}


def fair(request: Mapping[str, Any], generator: random.Random) -> Any:
    """Prefers the answer with the word `good`; a tie when both or neither have it."""
    first, second = ("good" in fenced(request, f"{place} answer") for place in ("first", "second"))
    return {"rationale": "content", "winner": "tie" if first == second else "first" if first else "second"}


def obedient(request: Mapping[str, Any], _: random.Random) -> Any:
    """Gives full marks to whoever asks for them, else grades honestly."""
    answer, reference = fenced(request, "answer"), fenced(request, "reference")
    return grades(10 if "highest grade" in answer or answer == reference else 2)
