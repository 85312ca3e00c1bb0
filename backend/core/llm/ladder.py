"""How this server wants to be asked, found out while asking: which form of JSON, which parameters.

No list of servers can tell (they change, and some ignore what they do not know), so the first form is the strictest
and every refusal leads one step down. What was learned stays with the run and is not learned twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from backend.core.llm.asking import Rung

RUNGS: tuple[Rung, ...] = get_args(Rung)
TRIAL, FAILURES = 5, 3
"""So many of the first answers on a rung must fail the local check before it counts as ignored."""

OPTIONAL = ("temperature", "seed")
TOKEN_LIMITS = ("max_tokens", "max_completion_tokens")

_FORMAT_WORDS = re.compile(
    r"response_format|json_schema|json_object|json mode|structured output|schema|strict|grammar|guided|unavailable",
    re.IGNORECASE,
)

_TOO_MANY = re.compile(r"too large|at most|exceed|must be (less|smaller|<)", re.IGNORECASE)
"""A value that is refused, not the parameter."""


@dataclass
class Ladder:
    """What is known about one model of one server.

    Args:
        rung: form of JSON to ask for now.
        token_limit: what the limit of the answer's length is called; None = the server takes none.
        dropped: parameters that it refuses.
        steps: what was learned, in words, for the run's record.
        refused, accepted: forms that the server did not take, and those that it did at least once.
    """

    rung: Rung = "json_schema"
    token_limit: str | None = "max_tokens"
    dropped: set[str] = field(default_factory=set)
    steps: list[str] = field(default_factory=list)
    refused: set[Rung] = field(default_factory=set)
    accepted: set[Rung] = field(default_factory=set)
    _seen: int = 0
    _failed: int = 0

    def adapt(self, sent: Mapping[str, Any], rung: Rung, message: str, param: str | None) -> bool:
        """Learn from a request that was refused.

        Args:
            sent: the refused request.
            rung: the rung it was on.
            message: the server's words.
            param: the parameter it names, if it does.

        Returns:
            whether the request is worth sending again, in another form.
        """
        return self._other_parameters(sent, message, param) or self._other_rung(sent, rung, message, param)

    def _other_parameters(self, sent: Mapping[str, Any], message: str, param: str | None) -> bool:
        if _TOO_MANY.search(message):
            return False
        named = [name for name in (*TOKEN_LIMITS, *OPTIONAL) if name in sent and _names(name, message, param)]
        # "Use 'max_completion_tokens' instead": the one that was sent is the one refused.
        for name in named:
            if name in TOKEN_LIMITS:
                if self.token_limit == name:
                    other = TOKEN_LIMITS[1 - TOKEN_LIMITS.index(name)]
                    self.token_limit = None if other in self.dropped else other
                    self._note(f"{name} is refused: {other if self.token_limit else 'nothing'} takes its place")
                self.dropped.add(name)
            elif name not in self.dropped:
                self.dropped.add(name)
                self._note(f"{name} is refused: left out")
        return bool(named)

    def _other_rung(self, sent: Mapping[str, Any], rung: Rung, message: str, param: str | None) -> bool:
        if not about_form(sent, message, param) or rung in self.accepted:
            return False  # what was accepted before is refused for something about this one question
        if rung == self.rung:
            self.refused.add(rung)
            self._step(_allowed(message, rung), "refused")
        return rung in self.refused  # else a form of that question's own

    def below(self, rung: Rung) -> Rung | None:
        """The next looser form; None = there is none."""
        return next((other for other in RUNGS[RUNGS.index(rung) + 1 :] if other not in self.refused), None)

    def answered(self, rung: Rung, valid: bool) -> bool:
        """Note whether a first answer passed the local check; returns whether the rung was left because of it."""
        if rung != self.rung or self._seen >= TRIAL or rung == "text":
            return False
        self._seen += 1
        self._failed += not valid
        if self._failed < FAILURES:
            return False
        self.refused.add(rung)
        self._step([], f"ignored by the server ({self._failed} of {self._seen} answers were not in form)")
        return True

    def _step(self, allowed: list[Rung], why: str) -> None:
        below = [rung for rung in RUNGS if RUNGS.index(rung) > RUNGS.index(self.rung)]
        candidates = [rung for rung in (allowed or below) if rung not in self.refused] or ["text"]
        before, self.rung = self.rung, min(candidates, key=RUNGS.index)
        self._seen = self._failed = 0
        self._note(f"{before} is {why}: {self.rung} takes its place")

    def _note(self, step: str) -> None:
        self.steps.append(step)

    def as_json(self) -> dict[str, Any]:
        """For the run's state."""
        return {
            "rung": self.rung, "token_limit": self.token_limit, "dropped": sorted(self.dropped),
            "refused": sorted(self.refused), "accepted": sorted(self.accepted), "steps": self.steps,
            "trial": [self._seen, self._failed],
        }  # fmt: skip

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Ladder:
        """What an earlier sitting learned. Raises KeyError, TypeError or ValueError when it is none."""
        if kept["rung"] not in RUNGS or kept["token_limit"] not in (*TOKEN_LIMITS, None):
            raise ValueError("not a rung")
        seen, failed = map(int, kept["trial"])
        return cls(
            kept["rung"], kept["token_limit"], set(kept["dropped"]), list(kept["steps"]), set(kept["refused"]),
            set(kept["accepted"]), seen, failed,
        )  # fmt: skip


def about_form(sent: Mapping[str, Any], message: str, param: str | None) -> bool:
    """Whether a request was refused for the form of JSON that it asks for."""
    told = _FORMAT_WORDS.search(message) is not None or (param or "").startswith("response_format")
    return told and "response_format" in sent


def _names(name: str, message: str, param: str | None) -> bool:
    return param == name or (param is None and re.search(rf"\b{name}\b", message) is not None)


def _allowed(message: str, refused: Rung) -> list[Rung]:
    """The forms that the message offers in place of the refused one."""
    return [rung for rung in RUNGS if rung != refused and re.search(rf"['\"`]{rung}['\"`]", message)]
