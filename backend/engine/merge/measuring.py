"""Two models over the same prompts, one after the other: how far apart their next-token logits are, and perplexity.

Only one of them is in memory at a time. The first one's logits are kept where they are to be compared.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F

from backend.engine.merge.held_out import Example, HeldOut
from backend.engine.tokenising import IGNORED

BATCH_LOGITS = 1 << 25
"""Logits made at once: 128 MB in float32."""
KEPT_LOGITS = 1 << 27
"""Logits kept for the comparison: 512 MB in float32. With a vocabulary of 152,000 that is 880 tokens."""


@dataclass
class Loss:
    """A sum of losses in nats, over so many tokens."""

    total: float = 0.0
    tokens: int = 0

    def add(self, logits: torch.Tensor, targets: torch.Tensor) -> None:
        """Tokens predicted by logits `(tokens, vocabulary)`."""
        self.total += float(F.cross_entropy(logits.float(), targets, reduction="sum"))
        self.tokens += len(targets)

    @property
    def perplexity(self) -> float:
        """exp of the mean; infinite beyond what a float holds."""
        mean = self.total / self.tokens if self.tokens else math.nan
        return math.exp(mean) if mean < 700 else (math.nan if math.isnan(mean) else math.inf)


@dataclass
class Distance:
    """How far one model's logits are from another's, beside how far those are from the base's."""

    apart: float = 0.0
    change: float = 0.0
    size: float = 0.0
    agreed: int = 0
    positions: int = 0

    @property
    def error(self) -> float:
        """|got - target| / |target - base|; where the merge changes nothing, relative to the logits themselves."""
        against = self.change if self.change > 1e-10 * self.size else self.size
        return math.sqrt(self.apart / against) if against else math.sqrt(self.apart)

    @property
    def agreement(self) -> float:
        """Share of positions with the same next token."""
        return self.agreed / self.positions if self.positions else 0.0


@dataclass
class Batch:
    """Prompts that go through the model together, padded on the right.

    Args:
        ids, mask: `(rows, length)`.
        places: rows and columns whose next token is predicted, `(2, tokens)`.
        targets: those tokens.
        compared: which of them are compared.
        kept: the first model's logits there, on the CPU.
    """

    ids: torch.Tensor
    mask: torch.Tensor
    places: torch.Tensor
    targets: torch.Tensor
    compared: torch.Tensor
    kept: torch.Tensor = field(default_factory=lambda: torch.empty(0))

    def logits(self, model: Any) -> torch.Tensor:
        """`(tokens, vocabulary)`, at the places."""
        with torch.inference_mode():
            found = model(input_ids=self.ids, attention_mask=self.mask, use_cache=False).logits
        return found[self.places[0], self.places[1]].float()


def batches_of(data: HeldOut, vocabulary: int, share: float, device: torch.device) -> list[Batch]:
    """All prompts of one adapter.

    Args:
        data: its prompts.
        vocabulary: size of the logits.
        share: of the tokens that are compared, from 0 to 1; perplexity takes them all.
        device: the model's.
    """
    return [_batch(group, share, device) for group in _groups(data.examples, vocabulary)]


def comparable_share(everything: Sequence[HeldOut], vocabulary: int) -> float:
    """Share of the tokens whose logits fit into `KEPT_LOGITS`."""
    tokens = sum(_predicted(labels) for data in everything for _, labels in data.examples)
    return min(1.0, KEPT_LOGITS / vocabulary / max(tokens, 1))


def keep_target(batch: Batch, base: torch.Tensor, target: torch.Tensor, distance: Distance) -> None:
    """Note the target's logits for `compare`, and how far they are from the base's."""
    batch.kept, plain = target[batch.compared].cpu(), base[batch.compared].cpu()
    distance.change += float((batch.kept - plain).double().square().sum())
    distance.size += float(batch.kept.double().square().sum())


def compare(batch: Batch, got: torch.Tensor, distance: Distance) -> None:
    """Set a model's logits beside the target's; NaN comes out as an error of NaN and as no agreement."""
    found, wanted = got[batch.compared].cpu(), batch.kept
    distance.apart += float((found - wanted).double().square().sum())
    same = (found.argmax(-1) == wanted.argmax(-1)) & found.isfinite().all(-1)
    distance.agreed += int(same.sum())
    distance.positions += len(wanted)


def progress_of(batches: Sequence[Sequence[Batch]], tell: Callable[[int, int], None]) -> Callable[[], None]:
    """A step of two passes over all batches."""
    steps = iter(range(1, 2 * sum(map(len, batches)) + 1))
    total = 2 * sum(map(len, batches))
    return lambda: tell(next(steps), total)


def _groups(examples: Sequence[Example], vocabulary: int) -> Iterator[list[Example]]:
    """By length, so that little is padded, and as many as their logits allow."""
    group: list[Example] = []
    for example in sorted(examples, key=lambda example: len(example[0])):
        if group and (len(group) + 1) * len(example[0]) * vocabulary > BATCH_LOGITS:
            yield group
            group = []
        group.append(example)
    if group:
        yield group


def _batch(group: Sequence[Example], share: float, device: torch.device) -> Batch:
    length = max(len(ids) for ids, _ in group)
    ids, mask = torch.zeros(2, len(group), length, dtype=torch.long)
    labels = torch.full((len(group), length), IGNORED)
    for row, (tokens, wanted) in enumerate(group):
        ids[row, : len(tokens)], mask[row, : len(tokens)] = torch.tensor(tokens), 1
        labels[row, 1 : len(wanted)] = torch.tensor(wanted[1:])
    rows, columns = (labels != IGNORED).nonzero(as_tuple=True)
    every = max(1, math.ceil(1 / share))
    compared = torch.arange(len(rows)) % every == 0
    places = torch.stack([rows, columns - 1])
    return Batch(*(part.to(device) for part in (ids, mask, places, labels[rows, columns], compared)))


def _predicted(labels: Sequence[int]) -> int:
    return sum(label != IGNORED for label in labels[1:])
