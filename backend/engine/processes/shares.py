"""The examples of each step, dealt out to several processes so that they learn together what one would.

Accelerate gives each process a batch in turn, and repeats examples from the start until all have equally many, which
learns those twice. Here the last batches are filled up with blank examples: one token, at which nothing is learnt. And
as the processes wait for the one that has the most tokens, long and short examples are dealt out evenly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from torch.utils.data import Dataset, Sampler

from backend.engine.tokenising import IGNORED

Feature = dict[str, Any]


class Evened(Dataset[Feature]):
    """Examples, and after them as many blank ones as it takes for every process to have equally many.

    Args:
        examples: at least one.
        batch_size: examples of a process at a time.
        processes: that share them.

    `epoch` is told by the data loader, also in a run that is resumed within one.
    """

    def __init__(self, examples: Sequence[Feature], batch_size: int, processes: int) -> None:
        self.examples = examples
        self.batch_size = batch_size
        self.round = batch_size * processes
        """Examples of all processes at a time"""
        self.epoch = 0
        self._length = -(-len(examples) // self.round) * self.round

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, place: int) -> Feature:
        if place < len(self.examples):
            return self.examples[place]
        if place >= self._length:
            raise IndexError(place)
        return {"input_ids": self.examples[0]["input_ids"][:1], "labels": [IGNORED], "length": 1}

    def length_of(self, place: int) -> int:
        """Tokens of an example."""
        length: int = self[place]["length"]
        return length

    def set_epoch(self, epoch: int) -> None:
        """Called by the data loader when an epoch begins."""
        self.epoch = epoch


class Dealt(Sampler[int]):
    """The order of one process with the blank examples last, each round of it dealt out, a process's batch together.

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
        places = chain(self._order, range(len(self._evened.examples), len(self._evened)))
        while coming := list(islice(places, self._evened.round)):
            yield from dealt(coming, self._evened.batch_size, self._evened.length_of)


def dealt(places: Sequence[int], batch_size: int, length_of: Callable[[int], int]) -> list[int]:
    """The places in another order: batch after batch, of nearly equally many tokens.

    The longest first, each goes to the batch that has the fewest tokens of those that are not full.
    """
    batches: list[list[int]] = [[] for _ in range(len(places) // batch_size)]
    tokens = [0] * len(batches)
    for length, place in sorted(((length_of(place), place) for place in places), reverse=True):
        least = min(
            (number for number, batch in enumerate(batches) if len(batch) < batch_size), key=tokens.__getitem__
        )
        batches[least].append(place)
        tokens[least] += length
    return list(chain.from_iterable(batches))
