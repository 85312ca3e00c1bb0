"""The change of one weight, in the form its method leaves it in: two factors, or rows made on demand."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from backend.engine.merge.elementwise import Rule, combine, drop_and_rescale, keep_largest, random_of
from backend.engine.merge.threshold import kth_largest

BLOCK_ELEMENTS = 2_000_000
"""Elements made at once: 8 MB in float32."""


def blocks_of(height: int, width: int) -> Iterator[tuple[int, int]]:
    """Where to cut a matrix into blocks of rows: first and last row of each.

    A short last block is folded into the one before: a product of a few rows takes another path in the BLAS and
    differs in the last bit (1-row blocks change 50 to 90 % of the values), and merging must not depend on that. All
    blocks but the last have a multiple of 64 rows, so that none cuts through weights that share a scale in 4 bits.
    """
    size = max(1, BLOCK_ELEMENTS // width // 64) * 64
    starts = list(range(0, height, size))
    if len(starts) > 1 and height - starts[-1] < 64:
        starts.pop()
    yield from zip(starts, [*starts[1:], height], strict=True)


class Delta(ABC):
    """What is added to a weight of shape `(out, in)`."""

    shape: tuple[int, int]

    @abstractmethod
    def rows(self, start: int, stop: int) -> torch.Tensor:
        """Rows of it, in float32."""

    def blocks(self) -> Iterator[tuple[int, int]]:
        """Where to cut it: first and last row of each block."""
        return blocks_of(*self.shape)

    def dense(self) -> torch.Tensor:
        """All of it, in float32."""
        whole = torch.empty(self.shape)
        for start, stop in self.blocks():
            whole[start:stop] = self.rows(start, stop)
        return whole


@dataclass
class LowRank(Delta):
    """`left @ right`.

    Args:
        left: `(out, rank)`.
        right: `(rank, in)`.
    """

    left: torch.Tensor
    right: torch.Tensor

    def __post_init__(self) -> None:
        self.shape = (self.left.shape[0], self.right.shape[1])

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """Rows of the product."""
        return self.left[start:stop].float() @ self.right.float()


class Combined(Delta):
    """A rule applied to full updates, which exist only a block of rows at a time.

    Args:
        parents: the updates, scaling included.
        weights: one each.
        rule: how to combine them.
        module: name for DARE's random numbers.
    """

    def __init__(self, parents: Sequence[LowRank], weights: Sequence[float], rule: Rule, module: str) -> None:
        self.shape = parents[0].shape
        self._parents, self._weights, self._rule, self._module = parents, weights, rule, module
        self._thresholds = [self._threshold(parent) for parent in parents]

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """Rows of the result; where they are cut does not matter but for DARE, which draws per block."""
        blocks = [self._pruned(position, start, stop) for position in range(len(self._parents))]
        return combine(blocks, self._weights, self._rule)

    def _threshold(self, parent: LowRank) -> float | None:
        """The smallest magnitude kept; None = nothing is pruned by magnitude."""
        if self._rule.prune != "magnitude" or self._rule.density >= 1:
            return None
        kept = int(self._rule.density * self.shape[0] * self.shape[1])
        return kth_largest(lambda: (parent.rows(start, stop) for start, stop in self.blocks()), kept)

    def _pruned(self, position: int, start: int, stop: int) -> torch.Tensor:
        block, threshold = self._parents[position].rows(start, stop), self._thresholds[position]
        if threshold is not None:
            return keep_largest(block, threshold)
        if self._rule.prune == "random" and self._rule.density < 1:
            numbers = random_of(self._rule.seed, self._module, position, start)
            return drop_and_rescale(block, self._rule.density, numbers)
        return block
