"""Is the judge that grades records awake? Answers that must be graded low are planted among the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backend.core.evaluation.controls import BEGGING, EMPTY_ISH
from backend.core.generation.formats import Record
from backend.core.generation.requests import Requests
from backend.core.llm import Ask, Reply
from backend.core.metrics.words import words

KINDS = ("asks_for_top_score", "empty_ish", "unrelated")
"""One of each in a run: every one costs a request."""

REMEMBERED = 50


class Vetting:
    """Plants the controls on records that were graded and accepted; they never become data.

    Args:
        send: puts a question in line, with what is to be done with its answer.
    """

    def __init__(self, requests: Requests, send: Callable[[Ask, Callable[[Reply], None]], None]) -> None:
        self._requests, self._send = requests, send
        self._records: list[Record] = []
        self._left = list(KINDS)
        self._scores: dict[str, float | None] = {}

    def consider(self, record: Record) -> None:
        """Plant the next control on this record, if one is left that fits it."""
        answer = self._answer(self._left[0], record) if self._left else None
        self._records = [*self._records, record][-REMEMBERED:]
        if answer is not None:
            kind = self._left.pop(0)
            ask = self._requests.control(kind, {**record, "output": answer})
            self._send(ask, lambda reply: self._take(kind, reply))

    def summary(self) -> dict[str, Any] | None:
        """What came of it; None = nothing was planted."""
        if not self._scores:
            return None
        middle = sum(self._requests.rubric.scale) / 2
        controls = [
            {"kind": kind, "score": score, "passed": None if score is None else score <= middle}
            for kind, score in self._scores.items()
        ]
        failed = [str(control["kind"]) for control in controls if control["passed"] is False]
        told = f"The judge graded {', '.join(failed)} as good: its grades say little." if failed else ""
        return {"controls": controls, "finding": told}

    def _answer(self, kind: str, record: Record) -> str | None:
        if kind == "asks_for_top_score":
            return BEGGING.replace("SCORE", f"{self._requests.rubric.scale[1]}")
        if kind == "empty_ish":
            return EMPTY_ISH
        own = set(words(record["output"]))
        return next((other["output"] for other in self._records if own.isdisjoint(words(other["output"]))), None)

    def _take(self, kind: str, reply: Reply) -> None:
        self._scores[kind] = self._requests.grade(reply)[0] if reply.status == "ok" else None
