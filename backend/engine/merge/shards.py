"""One safetensors file on disk, read by hand: its header checked to the byte, its contents streamed in pieces.

Mapped pages count as memory of the process, so shards are read with plain `readinto` into buffers that are used again:
47 MB above the imports for a model of 1.08 GB, where reading shard by shard takes 637.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from backend.core.errors import BadModel
from backend.core.models.safetensors_header import TensorEntry, read_header

FIELD = "base_model_name"
PIECE = 1 << 22
"""Bytes read at once: 4 MiB."""

TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
"""Types that a merge adds to."""


@dataclass(frozen=True, slots=True)
class StoredTensor(TensorEntry):
    """Where a tensor lies.

    Args:
        path: the shard, in which `start` and `stop` are counted.
    """

    path: Path

    @property
    def bytes(self) -> int:
        """Its size in the file."""
        return self.stop - self.start


@dataclass(frozen=True)
class Shard:
    """One file of a checkpoint.

    Args:
        path: of the file; its name is a plain one.
        size: in bytes.
        header: all before the first tensor, as stored.
        tensors: in the order in which their contents follow each other.
    """

    path: Path
    size: int
    header: bytes
    tensors: tuple[StoredTensor, ...]

    def header_with(self, extra: StoredTensor) -> bytes:
        """The header with one more tensor, whose content follows all others'."""
        content: dict[str, Any] = json.loads(self.header[8:])
        begin = self.size - len(self.header)
        content[extra.name] = {
            "dtype": extra.dtype, "shape": list(extra.shape), "data_offsets": [begin, begin + extra.bytes]
        }  # fmt: skip
        text = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
        text += b" " * (-len(text) % 8)
        return struct.pack("<Q", len(text)) + text


class StoredRows:
    """Rows of a tensor of two dimensions, read from its file when they are asked for. A context manager.

    Args:
        tensor: which one.
    """

    def __init__(self, tensor: StoredTensor) -> None:
        self._tensor, self._file = tensor, tensor.path.open("rb", buffering=0)

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """`(stop - start, width)` in the stored type."""
        dtype, width = TYPES[self._tensor.dtype], self._tensor.shape[1]
        raw = torch.empty((stop - start) * width * dtype.itemsize, dtype=torch.uint8)
        self._file.seek(self._tensor.start + start * width * dtype.itemsize)
        read_exactly(self._file, memoryview(raw.numpy()))
        return raw.view(dtype).view(stop - start, width)

    def __enter__(self) -> StoredRows:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def read_shard(path: Path) -> Shard:
    """A shard's header, checked: types and sizes known, contents adjoining from the header to the end of the file.

    Raises:
        BadModel: it is no safetensors file, or a damaged one.
    """
    header = read_header(path, FIELD)
    tensors = (StoredTensor(tensor.name, tensor.dtype, tensor.shape, tensor.start, tensor.stop, path)
               for tensor in header.tensors)  # fmt: skip
    return Shard(path, header.size, header.raw, tuple(tensors))


def read_exactly(file: io.FileIO, room: memoryview) -> None:
    """Fill the room, however many reads that takes. Raises BadModel where the file ends early."""
    filled = 0
    while filled < len(room):
        got = file.readinto(room[filled:])
        if not got:
            raise BadModel(f"{file.name!s} ended early: it was changed meanwhile, or the disk fails.", FIELD)
        filled += got


def read_pieces(tensor: StoredTensor) -> Iterator[bytes]:
    """A tensor's content in pieces."""
    with tensor.path.open("rb", buffering=0) as file:
        file.seek(tensor.start)
        for start in range(0, tensor.bytes, PIECE):
            piece = bytearray(min(PIECE, tensor.bytes - start))
            read_exactly(file, memoryview(piece))
            yield bytes(piece)
