"""One shard from file to file: tensors copied in pieces, or changed by blocks of rows in buffers that are used again.

A buffer for each tensor would cost 94 MB at its peak instead of 47, for a model of 1.08 GB.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import torch

from backend.core.errors import BadModel
from backend.engine.merge.base_view import FourBit, RoundTrip
from backend.engine.merge.deltas import Delta, blocks_of
from backend.engine.merge.shards import FIELD, PIECE, TYPES, Shard, StoredRows, StoredTensor, read_exactly
from backend.engine.merge.weighted_sum import WeightedSum


class Room:
    """A buffer that grows to the largest use made of it.

    Args:
        dtype: of its elements.
    """

    def __init__(self, dtype: torch.dtype) -> None:
        self._all = torch.empty(0, dtype=dtype)

    def of(self, *shape: int) -> torch.Tensor:
        """The first elements, in this shape; what was there before is lost."""
        size = torch.Size(shape).numel()
        if self._all.numel() < size:
            self._all = torch.empty(size, dtype=self._all.dtype)
        return self._all[:size].view(shape)


class Rewriter:
    """A shard being written anew. A context manager: left in peace, the file is flushed to the disk.

    Args:
        shard: the source.
        path: the file to write.
        digest: is fed with the source's bytes, each once and in order.
        head: a further tensor's name and the one it begins as; None = the shard keeps its tensors.
    """

    def __init__(self, shard: Shard, path: Path, digest: Any, head: tuple[str, StoredTensor] | None) -> None:
        self._shard, self._path, self._digest = shard, path, digest
        self._raw, self._work, self._room = Room(torch.uint8), Room(torch.float32), Room(torch.float32)
        self._extra = replace(head[1], name=head[0]) if head else None

    @property
    def tensors(self) -> Sequence[StoredTensor]:
        """What has to be copied or changed, in this order."""
        return [*self._shard.tensors, *([self._extra] if self._extra else [])]

    def __enter__(self) -> Rewriter:
        self._source = self._shard.path.open("rb", buffering=0)
        self._sink = self._path.open("xb", buffering=0)
        header = self._take(len(self._shard.header), hashed=True)
        if bytes(header) != self._shard.header:
            raise BadModel(f"{self._shard.path} was changed while it was read: start again.", FIELD)
        self._give(memoryview(self._shard.header_with(self._extra)) if self._extra else header)
        return self

    def copy(self, tensor: StoredTensor) -> None:
        """Write a tensor as it is."""
        hashed = self._find(tensor)
        for start in range(0, tensor.bytes, PIECE):
            self._give(self._take(min(PIECE, tensor.bytes - start), hashed=hashed))

    def change(self, tensor: StoredTensor, delta: Delta | None, how: FourBit | None, *, turned: bool) -> None:
        """Write a tensor with a change added to it.

        Args:
            tensor: `(rows, width)`.
            delta: the change; None = only the view changes.
            how: take the weights as this quantisation left them; None = as stored.
            turned: whether quantising sees the transpose.

        Raises:
            BadModel: the sum does not fit into the stored type, or the base held NaN.
        """
        height, width = tensor.shape
        dtype = TYPES[tensor.dtype]
        view = _View(tensor, how, turned) if how else None
        hashed = self._find(tensor)
        for start, stop in blocks_of(height, width):
            raw = self._take((stop - start) * width * dtype.itemsize, hashed=hashed)
            stored = torch.frombuffer(raw, dtype=dtype).view(stop - start, width)
            work = self._work.of(stop - start, width)
            work.copy_(view.rows(stored, start) if view else stored)
            if isinstance(delta, WeightedSum):
                delta.add_to(work, start, stop, self._room.of(stop - start, width))
            elif delta is not None:
                work.add_(delta.rows(start, stop))
            _require_finite(work, dtype, tensor, start, stop)
            stored.copy_(work)
            self._give(raw)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                os.fsync(self._sink.fileno())
        finally:
            self._source.close()
            self._sink.close()

    def _find(self, tensor: StoredTensor) -> bool:
        """Go to a tensor's content; whether it still has to be hashed (a new head is read a second time)."""
        self._source.seek(tensor.start)
        return tensor is not self._extra

    def _take(self, size: int, *, hashed: bool) -> memoryview:
        room = memoryview(self._raw.of(size).numpy())
        read_exactly(self._source, room)
        if hashed:
            self._digest.update(room)
        return room

    def _give(self, content: memoryview) -> None:
        while content:
            content = content[self._sink.write(content) :]


class _View:
    """A tensor as training saw it; one that quantising sees transposed is held as a whole."""

    def __init__(self, tensor: StoredTensor, how: FourBit, turned: bool) -> None:
        height, width = tensor.shape
        self._whole = None
        with StoredRows(tensor) as stored:
            if turned:
                turned_rows = stored.rows(0, height).T.contiguous()
                trip = RoundTrip(lambda start, stop: turned_rows[start:stop], [(0, width)], height, how)
                self._whole = trip.rows(turned_rows, 0).T
            else:
                self._trip = RoundTrip(stored.rows, list(blocks_of(height, width)), width, how)

    def rows(self, stored: torch.Tensor, start: int) -> torch.Tensor:
        """Rows as training saw them."""
        return self._trip.rows(stored, start) if self._whole is None else self._whole[start : start + len(stored)]


def _require_finite(work: torch.Tensor, dtype: torch.dtype, tensor: StoredTensor, start: int, stop: int) -> None:
    least, most = (float(value) for value in torch.aminmax(work))
    limit = torch.finfo(dtype).max
    if not (-limit <= least and most <= limit):
        raise BadModel(
            f"{tensor.name}, rows {start} to {stop}: the sum runs from {least:g} to {most:g}, which {tensor.dtype} "
            "cannot hold: the base is damaged, or a weight is too large.",
            "adapters",
        )
