"""The heaviest batch that a run's sampler lays together."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

DRAWN = 2000
"""Batches drawn at most: of ten times as many the heaviest is 2 to 5 % heavier."""
RUNS = 15
"""Runs of few batches that are drawn, for the heaviest of one varies by half; the median is taken."""


@dataclass(frozen=True)
class Batch:
    """Examples that are computed at a time.

    Args:
        lengths: tokens of each.
        pads: whether each takes as many places as the longest; else they lie end to end.
        learnt_share: of the tokens that are supervised.
    """

    lengths: tuple[int, ...]
    pads: bool
    learnt_share: float = 1.0

    @property
    def longest(self) -> int:
        """Tokens of the longest example."""
        return max(self.lengths)

    @property
    def places(self) -> int:
        """Places that are computed, padding among them."""
        return len(self.lengths) * self.longest if self.pads else sum(self.lengths)

    @property
    def learnt(self) -> int:
        """Places at which the next token is learnt."""
        return round(sum(self.lengths) * self.learnt_share)


def heaviest(lengths: Sequence[int], size: int, batches: int, *, pads: bool, learnt_share: float) -> Batch:
    """The batch of most places to be expected in a run.

    Padded, the longest example decides, and it has its turn in every pass. End to end, it is the heaviest of as many
    batches as the run has, drawn at random as its sampler does: the longest examples hardly ever meet.

    Args:
        lengths: of all examples, cut.
        size: examples in a batch.
        batches: in the whole run.
    """
    taken = min(size, len(lengths))
    if pads:
        return Batch((max(lengths),) * taken, pads, learnt_share)
    drawn = min(batches, DRAWN)
    runs = range(min(RUNS, 1 + DRAWN // drawn))
    of_runs = sorted((max(islice(_drawn(lengths, taken, run), drawn), key=sum) for run in runs), key=sum)
    return Batch(of_runs[len(of_runs) // 2], pads, learnt_share)


def _drawn(lengths: Sequence[int], size: int, seed: int) -> Iterator[tuple[int, ...]]:
    """Batches without end, each example once in a pass."""
    draw = random.Random(seed)
    while True:
        order = draw.sample(lengths, min(len(lengths), DRAWN * size))
        yield from (tuple(order[at : at + size]) for at in range(0, len(order) - size + 1, size))
