"""One answer as it grows, token by token."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Any

import torch

from backend.core.errors import PipelineError
from backend.engine.answering.answers import Answer, Clock, FinishReason, Request
from backend.engine.answering.sampling import Choice, RowSampler
from backend.engine.answering.token_text import TokenText


class Row:
    """A request in flight, and its answer as it grows.

    Args:
        request: what was asked.
        tokenizer: to read the tokens with.
        device: where the logits are.
    """

    def __init__(self, request: Request, tokenizer: Any, device: torch.device) -> None:
        self.request = request
        self.clock = Clock()
        self.tokens: list[int] = []
        self.choices: list[Choice] = []
        self.answer: Answer | None = None
        self.error: PipelineError | None = None
        self.cancelled = False
        self.sampler = RowSampler(request.sampling, request.seed, request.logprobs, request.tokens, device)
        self._text = TokenText(tokenizer, request.sampling.stop_strings, trim=request.trim)
        self._pieces: list[str] = []
        self._shown = 0

    @property
    def ended(self) -> bool:
        """Whether there is an answer or an error."""
        return self.answer is not None or self.error is not None

    @property
    def prompt(self) -> list[int]:
        """What has to be read before the next token: the prompt, and what was written before a new start."""
        return [*self.request.tokens, *self.tokens]

    @property
    def remaining(self) -> int:
        """Tokens it may still write."""
        return self.request.sampling.max_new_tokens - len(self.tokens)

    def take(self) -> tuple[str, Sequence[Choice]]:
        """Text and tokens that came since the last call."""
        text, self._pieces = "".join(self._pieces), []
        fresh = self.choices[self._shown :]
        self._shown = len(self.choices)
        return text, fresh

    def append(self, choice: Choice) -> None:
        """One more token; may end the answer."""
        self.clock.first_token = self.clock.first_token or perf_counter()
        self.tokens.append(choice.token)
        if choice.token in self.request.stops:
            self.end("stop")
            return
        if self.request.logprobs is not None:
            self.choices.append(choice)
        self._pieces.append(self._text.add(choice.token))
        if self._text.stopped:
            self.end("stop")
        elif self.remaining == 0:
            self.end("length")

    def end(self, reason: FinishReason) -> None:
        """The answer as it stands is the answer."""
        self._pieces.append(self._text.end())
        self.answer = Answer(
            text=self._text.text,
            prompt_tokens=len(self.request.tokens),
            completion_tokens=len(self.tokens),
            finish_reason=reason,
            timing=self.clock.timing(),
            tokens=tuple(self.tokens),
            logprobs=tuple(self.choices),
        )
