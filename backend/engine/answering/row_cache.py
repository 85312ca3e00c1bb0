"""Keys and values of a batch whose rows come and go.

All rows end at the same column, so a step writes one column for everybody; a row that is shorter than the longest has
padding on its left. transformers' own cache is concatenated anew at every step; this one writes into room made ahead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from transformers.cache_utils import Cache, CacheLayerMixin

ROOM = 128
"""Columns made ahead: a step in so many copies the cache."""


class RowLayer(CacheLayerMixin):
    """One layer's keys and values, `(rows, heads, columns, head size)`, with room on the right."""

    is_sliding = False

    def __init__(self) -> None:
        super().__init__()
        self.length = 0

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        """Take the shapes of the first keys and values."""
        self.keys, self.values = key_states[:, :, :0], value_states[:, :, :0]
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Append columns; returns all of them."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        end = self.length + key_states.shape[2]
        if end > self.keys.shape[2]:
            self.keys = _moved(self.keys[:, :, : self.length], end + ROOM)
            self.values = _moved(self.values[:, :, : self.length], end + ROOM)
        self.keys[:, :, self.length : end] = key_states
        self.values[:, :, self.length : end] = value_states
        self.length = end
        return self.keys[:, :, :end], self.values[:, :, :end]

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Columns a mask for this many further tokens spans, and where it begins."""
        return self.length + query_length, 0

    def get_seq_length(self) -> int:
        """Columns filled."""
        return self.length

    def get_max_length(self) -> int:
        """There is no limit."""
        return -1

    get_max_cache_shape = get_max_length  # its name before transformers 5.20

    def keep(self, rows: torch.Tensor, first_column: int) -> None:
        """Only these rows, from this column on."""
        self.keys = self.keys[rows, :, first_column : self.length]
        self.values = self.values[rows, :, first_column : self.length]
        self.length -= first_column

    def join(self, other: RowLayer) -> None:
        """Append the rows of another cache, both padded on the left to the longer one."""
        length = max(self.length, other.length)
        parts = [(part.keys[:, :, : part.length], part.values[:, :, : part.length]) for part in (self, other)]
        rows = sum(len(keys) for keys, _ in parts)
        for name, position in (("keys", 0), ("values", 1)):
            example = parts[0][position]
            joined = example.new_zeros(rows, example.shape[1], length + ROOM, example.shape[3])
            row = 0
            for part in parts:
                joined[row : row + len(part[position]), :, length - part[position].shape[2] : length] = part[position]
                row += len(part[position])
            setattr(self, name, joined)
        self.length = length


class RowCache(Cache):
    """The keys and values of all layers, and how far each row is padded.

    Args:
        padding: columns of padding on each row's left.
    """

    def __init__(self, padding: Sequence[int]) -> None:
        super().__init__(layer_class_to_replicate=RowLayer)
        self.padding = list(padding)

    @property
    def length(self) -> int:
        """Columns filled."""
        return self.layers[0].length if self.layers else 0

    def keep(self, rows: Sequence[int]) -> None:
        """Only these rows; columns that are padding for all of them go."""
        first = min(self.padding[row] for row in rows)
        index = torch.tensor(rows, device=self.layers[0].keys.device)
        for layer in self.layers:
            layer.keep(index, first)
        self.padding = [self.padding[row] - first for row in rows]

    def join(self, other: RowCache) -> None:
        """Append the rows of another cache."""
        length = max(self.length, other.length)
        self.padding = [pad + length - part.length for part in (self, other) for pad in part.padding]
        for mine, theirs in zip(self.layers, other.layers, strict=True):
            mine.join(theirs)


def _moved(tensor: torch.Tensor, columns: int) -> torch.Tensor:
    room = tensor.new_zeros(*tensor.shape[:2], columns, tensor.shape[3])
    room[:, :, : tensor.shape[2]] = tensor
    return room
