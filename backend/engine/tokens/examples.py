"""Examples as a Trainer takes them: a choice of a file's, each cut at the longest length."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any, overload

import numpy as np

from backend.engine.tokens.flat import Flat

IGNORED = -100
"""Label of a token that is not learnt (PyTorch's cross-entropy skips it)."""

Feature = dict[str, Any]
"""`input_ids`, `labels` (-100 where nothing is learnt), both lists of integers, and their `length`."""


class Examples(Sequence[Feature]):
    """Those examples of a choice that keep a token to learn; nothing of them is in memory but where they lie.

    Args:
        flat: the examples of the file.
        chosen: which of them.
        max_length: tokens after which each is cut.
        learns_all: whether the whole text is learnt, or only what the assistant says.
    """

    def __init__(self, flat: Flat, chosen: Sequence[int], max_length: int, *, learns_all: bool = False) -> None:
        self._flat = flat
        self._max_length = max_length
        self._learns_all = learns_all
        picked = np.asarray(chosen, dtype=np.int64)
        whole = np.diff(flat.offsets[:, 0])
        cut = np.minimum(whole, max_length)
        learnt = (cut if learns_all else _learnt(flat, max_length))[picked]
        self._chosen = picked[learnt > 0]
        self.supervised_tokens = int(learnt.sum())
        """Tokens that are learnt, over all examples."""
        self.tokens = int(cut[self._chosen].sum())
        """Tokens of one pass over the examples."""
        self.whole_lengths = array("q", whole[picked].astype(np.int64).tobytes())
        """Tokens of every chosen example before it is cut, those included that keep nothing to learn."""

        self.lengths: list[int] = cut[self._chosen].tolist()
        """Tokens of each example as it is cut."""

    def __len__(self) -> int:
        return len(self._chosen)

    @overload
    def __getitem__(self, place: int) -> Feature: ...

    @overload
    def __getitem__(self, place: slice) -> list[Feature]: ...

    def __getitem__(self, place: int | slice) -> Feature | list[Feature]:
        if isinstance(place, slice):
            return [self._feature(number) for number in self._chosen[place]]
        return self._feature(self._chosen[place])

    def _feature(self, number: Any) -> Feature:
        (start, first), (end, last) = self._flat.offsets[number].tolist(), self._flat.offsets[number + 1].tolist()
        ids = self._flat.ids[start : min(end, start + self._max_length)].tolist()
        if self._learns_all:
            return {"input_ids": ids, "labels": list(ids), "length": len(ids)}
        labels = [IGNORED] * len(ids)
        for begin, stop in self._flat.spans[first:last].tolist():
            labels[begin:stop] = ids[begin:stop]
        return {"input_ids": ids, "labels": labels, "length": len(ids)}


def _learnt(flat: Flat, max_length: int) -> Any:
    """Supervised tokens of each example within the cut, int64 (examples)."""
    within = np.minimum(flat.spans, max_length)
    sums = np.concatenate([[0], np.cumsum(within[:, 1] - within[:, 0], dtype=np.int64)])
    return np.diff(sums[flat.offsets[:, 1]])
