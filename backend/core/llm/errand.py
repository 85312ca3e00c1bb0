"""A question on its way: what was tried, what it took, and what to do with the answer that just came."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel

from backend.core.llm.answer import Answer
from backend.core.llm.asking import Ask, ErrorClass, Reply, Rung, Usage
from backend.core.llm.checking import Checked, check
from backend.core.llm.ladder import Ladder
from backend.core.llm.prices import Price
from backend.core.params.llm import LLMParams

FIRST_BACKOFF, LONGEST_BACKOFF = 0.5, 8.0
"""Seconds before a failed question is asked again; doubled each time, up to a quarter less at random."""

BAD_RESPONSES = 3
"""Times that a body which is no chat completion is worth another try."""

ADAPTATIONS = 12
"""Forms of one request that are tried; more than there are parameters to drop and rungs to step down."""

_JITTER = random.Random()


@dataclass
class Errand:
    """A question under way.

    Args:
        model: that answers it.
        since: moment of the first request; None = not sent yet.
        due: not to be sent before.
        rung: form of JSON it was asked in last.
        own_rung: form for this question alone, when the one that suits the others is refused for it.
        held: seconds that it waited for a rate limit; they do not count against its deadline.
        sent: requests.
        charged: those that count against `max_attempts`.
    """

    ask: Ask
    model: str
    max_tokens: int
    due: float = 0.0
    since: float | None = None
    held: float = 0.0
    sent: int = 0
    charged: int = 0
    bad: int = 0
    adapted: int = 0
    rung: Rung = "text"
    own_rung: Rung | None = None
    correction: tuple[str, str] | None = None
    usage: Usage | None = None
    cost: float | None = 0.0
    flags: list[str] = field(default_factory=list)
    _unreported: bool = False

    def took(self, answer: Answer, price: Price | None) -> float | None:
        """Add an attempt's tokens and cost; returns its cost, None = unknown."""
        if not answer.billed:
            return 0.0
        if answer.usage is None:
            self._unreported, self.usage, self.cost = True, None, None
            return None
        if not self._unreported:
            self.usage = answer.usage if self.usage is None else self.usage + answer.usage
        cost = price.of(answer.usage) if price else None
        self.cost = None if cost is None or self.cost is None else self.cost + cost
        return cost

    def remaining(self, now: float, deadline: float) -> float:
        """Seconds left of its time."""
        return deadline if self.since is None else deadline - (now - self.since - self.held)

    def leaves(self, now: float) -> float:
        """Note a request that leaves; returns the seconds since it was due."""
        waited = now - self.due
        self.held += waited if self.since is not None else 0.0
        self.since = now if self.since is None else self.since
        self.sent += 1
        return waited

    def backoff(self) -> float:
        """Seconds until the next try."""
        wait = min(LONGEST_BACKOFF, FIRST_BACKOFF * 2.0 ** max(0, self.charged - 1))
        return wait * _JITTER.uniform(0.75, 1.0)

    def flag(self, name: str) -> None:
        """Note something about the answer, once."""
        if name not in self.flags:
            self.flags.append(name)

    def reply(
        self,
        answer: Answer,
        latency: float,
        value: BaseModel | str | None = None,
        error_class: ErrorClass | None = None,
        detail: str = "",
    ) -> Reply:
        """The end of it, well (without a class) or badly."""
        if self.ask.schema is not None and self.rung != "json_schema":
            self.flag("downgraded")
        return Reply(
            self.ask, "failed" if error_class else "ok", value, answer.text, error_class, detail, self.usage,
            self.cost, self.sent, round(latency, 4), self.rung, tuple(self.flags), False,
        )  # fmt: skip


@dataclass(frozen=True)
class Step:
    """What happens next with an errand.

    Args:
        action: `ok` and `failed` end it; `again` sends it once more after `delay` seconds.
        outcome: how the attempt is called in the ledger.
    """

    action: Literal["ok", "failed", "again"]
    outcome: str
    value: BaseModel | str | None = None
    error_class: ErrorClass | None = None
    detail: str = ""
    delay: float = 0.0


def next_step(errand: Errand, answer: Answer, ladder: Ladder, params: LLMParams, now: float) -> Step:
    """Decide by the answer; changes the errand (counts, correction, length) for the next try.

    Troubles that concern the whole run (rate limit, quota, key, model, refused forms) are the pool's business.
    """
    errand.charged += 1
    trouble = answer.trouble
    if trouble is None:
        return _judged(errand, answer, ladder, params, now)
    if trouble == "truncated" and "extended" not in errand.flags:
        errand.flag("extended")
        errand.max_tokens *= 2
        return _again_or_failed(errand, "truncated", answer.detail, params, now, delay=0.0)
    if trouble == "bad_response" or trouble == "web_page":
        errand.bad += 1
        if errand.bad >= BAD_RESPONSES:
            return Step("failed", "bad_response", error_class="bad_response", detail=answer.detail)
        return _again_or_failed(errand, "bad_response", answer.detail, params, now)
    if "extended" in errand.flags and trouble in ("unsupported", "too_long"):
        # More tokens than before are more than the server gives.
        return Step("failed", "truncated", error_class="truncated", detail=answer.detail)
    if trouble in ("server_error", "timeout", "connection"):
        return _again_or_failed(errand, trouble, answer.detail, params, now)
    told: ErrorClass = "bad_request" if trouble == "unsupported" else trouble
    return Step("failed", told, error_class=told, detail=answer.detail)


def _again_or_failed(
    errand: Errand, error_class: ErrorClass, detail: str, params: LLMParams, now: float, delay: float | None = None
) -> Step:
    delay = errand.backoff() if delay is None else delay
    if errand.charged >= params.max_attempts or errand.remaining(now, params.item_deadline) <= delay:
        return Step("failed", error_class, error_class=error_class, detail=detail)
    return Step("again", error_class, detail=detail, delay=delay)


def _judged(errand: Errand, answer: Answer, ladder: Ladder, params: LLMParams, now: float) -> Step:
    checked: Checked = check(errand.ask, answer.text)
    left = False
    if errand.ask.schema is not None and errand.correction is None:
        left = ladder.answered(errand.rung, checked.value is not None)
    if checked.value is not None:
        if errand.correction is not None:
            errand.flag("repaired")
        return Step("ok", "ok", value=checked.value)
    if left or (errand.ask.schema is not None and errand.rung != (errand.own_rung or ladder.rung)):
        errand.charged, errand.correction = errand.charged - 1, None  # a form that is ignored is not its fault
        return Step("again", "invalid_output", detail=checked.problems)
    if errand.correction is None:
        errand.correction = (answer.text, checked.problems)
        return _again_or_failed(errand, "invalid_output", checked.problems, params, now, delay=0.0)
    return Step("failed", "invalid_output", error_class="invalid_output", detail=checked.problems)
