"""The next token of every row of a batch, each row by its own rules.

transformers' `generate` takes one set of sampling parameters for a whole batch; here greedy and sampled rows, seeds
and penalties mix. The order is transformers': repetition penalty, temperature, top-k, top-p, min-p.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from backend.core.params.groups import Sampling


@dataclass(frozen=True)
class Choice:
    """One token and how likely the model found it.

    Args:
        token: its id.
        logprob: natural logarithm of its probability under the model, before temperature and filters.
        alternatives: the likeliest tokens with theirs, likeliest first.
    """

    token: int
    logprob: float | None = None
    alternatives: tuple[tuple[int, float], ...] = ()


class RowSampler:
    """How one row chooses.

    Args:
        sampling: its rules.
        seed: of its own random numbers, so that an answer does not depend on the rows beside it.
        logprobs: alternatives to report for each token; None = no probabilities at all.
        prompt: the prompt's tokens, which a repetition penalty counts too.
        device: where the logits are.
    """

    def __init__(
        self, sampling: Sampling, seed: int, logprobs: int | None, prompt: Sequence[int], device: torch.device
    ) -> None:
        self.sampling = sampling
        self.logprobs = logprobs
        self.greedy = sampling.temperature == 0
        self.generator = None if self.greedy else torch.Generator(device).manual_seed(seed)
        self.seen = (
            torch.tensor(sorted(set(prompt)), dtype=torch.long, device=device)
            if sampling.repetition_penalty != 1
            else None
        )

    @property
    def plain(self) -> bool:
        """Whether the likeliest token is all there is to say."""
        return self.greedy and self.seen is None and self.logprobs is None

    def penalised(self, logits: torch.Tensor) -> torch.Tensor:
        """Logits `(vocabulary,)` with the seen tokens' made less likely (CTRL, arXiv:1909.05858)."""
        if self.seen is None:
            return logits
        logits = logits.clone()
        seen = logits[self.seen]
        penalty = self.sampling.repetition_penalty
        logits[self.seen] = torch.where(seen > 0, seen / penalty, seen * penalty)
        return logits

    def took(self, token: int) -> None:
        """Count a chosen token among those seen."""
        if self.seen is not None:
            self.seen = torch.cat([self.seen, self.seen.new_tensor([token])]).unique()

    def draw(self, logits: torch.Tensor) -> int:
        """A token of logits `(vocabulary,)`."""
        if self.greedy:
            return int(logits.argmax())
        weights = filtered(logits / self.sampling.temperature, self.sampling)
        return int(torch.multinomial(weights.softmax(-1), 1, generator=self.generator))


def filtered(logits: torch.Tensor, sampling: Sampling) -> torch.Tensor:
    """The logits with what top-k, top-p and min-p leave out at minus infinity."""
    if 0 < sampling.top_k < logits.numel():
        logits = logits.masked_fill(logits < logits.topk(sampling.top_k).values[-1], -torch.inf)
    if sampling.top_p < 1:
        ascending, order = logits.sort()
        left_out = ascending.softmax(-1).cumsum(-1) <= 1 - sampling.top_p
        left_out[-1] = False
        logits = logits.masked_fill(torch.zeros_like(left_out).scatter(0, order, left_out), -torch.inf)
    if sampling.min_p > 0:
        probabilities = logits.softmax(-1)
        logits = logits.masked_fill(probabilities < sampling.min_p * probabilities.max(), -torch.inf)
    return logits


def choose(logits: torch.Tensor, rows: Sequence[RowSampler]) -> list[Choice]:
    """The next token of each row.

    Args:
        logits: `(rows, vocabulary)`.
        rows: how each of them chooses.
    """
    likeliest = logits.argmax(-1).tolist()
    return [
        Choice(token) if row.plain else _choice(logits[position].float(), row)
        for position, (row, token) in enumerate(zip(rows, likeliest, strict=True))
    ]


def _choice(logits: torch.Tensor, row: RowSampler) -> Choice:
    token = row.draw(row.penalised(logits))
    row.took(token)
    if row.logprobs is None:
        return Choice(token)
    logprobs = logits.log_softmax(-1)
    values, tokens = logprobs.topk(row.logprobs) if row.logprobs else (logprobs[:0], logprobs[:0])
    alternatives = tuple((int(found), float(value)) for found, value in zip(tokens, values, strict=True))
    return Choice(token, float(logprobs[token]), alternatives)
