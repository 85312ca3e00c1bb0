"""The examples of each step, dealt out to several processes so that they learn together what one would.

Accelerate deals batches out in turns, and repeats examples from the start until every process has equally many, which
learns those twice. Here the last batches are filled up with blank examples: one token, at which nothing is learnt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from torch.utils.data import Dataset, Sampler

from backend.engine.tokenising import IGNORED

Feature = dict[str, Any]


class Evened(Dataset[Feature]):
    """Examples, and after them as many blank ones as it takes for every process to have equally many.

    Args:
        examples: at least one.
        multiple: of which there shall be a multiple.

    `epoch` is told by the data loader, also in a run that is resumed within one.
    """

    def __init__(self, examples: Sequence[Feature], multiple: int) -> None:
        self.examples = examples
        self.epoch = 0
        self._length = -(-len(examples) // multiple) * multiple

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, place: int) -> Feature:
        if place < len(self.examples):
            return self.examples[place]
        if place >= self._length:
            raise IndexError(place)
        return {"input_ids": self.examples[0]["input_ids"][:1], "labels": [IGNORED], "length": 1}

    def set_epoch(self, epoch: int) -> None:
        """Called by the data loader when an epoch begins."""
        self.epoch = epoch


class BlanksLast(Sampler[int]):
    """The order of one process, and then the blank examples.

    Args:
        order: of the examples, decided by the epoch alone (`set_epoch`).
        evened: the examples.
    """

    def __init__(self, order: Any, evened: Evened) -> None:
        self._order = order
        self._evened = evened

    def __len__(self) -> int:
        return len(self._evened)

    def __iter__(self) -> Iterator[int]:
        # Not by a method of that name here: the data loader would call it instead of the examples' own, and does not
        # find it in an epoch of which it leaves out a part.
        self._order.set_epoch(self._evened.epoch)
        yield from self._order
        yield from range(len(self._evened.examples), len(self._evened))
