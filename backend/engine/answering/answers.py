"""What is asked of a model in memory, and what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Literal

from backend.core.params.groups import Sampling
from backend.engine.answering.sampling import Choice

FinishReason = Literal["stop", "length", "cancelled"]


@dataclass(frozen=True)
class Request:
    """A prompt on its way to an answer.

    Args:
        tokens: the prompt.
        sampling: how to choose tokens; `max_new_tokens` fits into the context already.
        stops: tokens that end the answer.
        adapter: folder of the adapter to answer with; None = the bare base.
        seed: of this answer's random numbers.
        logprobs: alternatives to report per token; None = no probabilities.
        trim: leave out white space around the answer.
    """

    tokens: Sequence[int]
    sampling: Sampling
    stops: frozenset[int]
    adapter: Path | None = None
    seed: int = 0
    logprobs: int | None = None
    trim: bool = True


@dataclass(frozen=True)
class Timing:
    """Seconds from the request to its place in a batch, to its first token and to its end."""

    queued_seconds: float
    first_token_seconds: float
    total_seconds: float


@dataclass(frozen=True)
class Answer:
    """What a model said.

    Args:
        text: the answer without special tokens.
        prompt_tokens, completion_tokens: tokens read and written.
        finish_reason: `stop` when the model ended its turn or said a stop string, `length` when `max_new_tokens` or
            the context cut it off, `cancelled` when nobody wanted the rest.
        timing: how long it took.
        tokens: what was written, the token that ended it included.
        logprobs: one per token, if asked for.
    """

    text: str
    prompt_tokens: int
    completion_tokens: int
    finish_reason: FinishReason
    timing: Timing = field(default=Timing(0, 0, 0), compare=False)
    tokens: tuple[int, ...] = ()
    logprobs: tuple[Choice, ...] = ()


@dataclass
class Clock:
    """When a request came, entered a batch, and had its first token, in seconds of `perf_counter`."""

    asked: float = field(default_factory=perf_counter)
    entered: float | None = None
    first_token: float | None = None

    def timing(self) -> Timing:
        """Up to now; what has not happened yet counts as now."""
        now = perf_counter()
        marks = (self.entered or now, self.first_token or now, now)
        return Timing(*(mark - self.asked for mark in marks))
