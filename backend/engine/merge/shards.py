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
from math import prod
from pathlib import Path
from typing import Any

import torch

from backend.core.errors import BadModel
from backend.core.paths import shown
from backend.engine.adapter_file import LFS_POINTER

FIELD = "base_model_name"
MOST_HEADER = 100_000_000
"""The format's own limit on a header, in bytes."""
PIECE = 1 << 22
"""Bytes read at once: 4 MiB."""

BYTES = {
    "F64": 8, "I64": 8, "U64": 8, "C64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2,
    "I8": 1, "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1,
}  # fmt: skip
"""Bytes of one element, by the format's name of its type."""
TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
"""Types that a merge adds to."""


@dataclass(frozen=True)
class StoredTensor:
    """Where a tensor lies.

    Args:
        name: as the file calls it.
        dtype: the format's name of the type, such as `BF16`.
        shape: of the tensor.
        path: the shard.
        start, stop: first byte and the one after the last, counted from the shard's beginning.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    path: Path
    start: int
    stop: int

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
    size = path.stat().st_size
    with path.open("rb") as file:
        begin = file.read(len(LFS_POINTER))
        if begin == LFS_POINTER:
            raise BadModel(f"{shown(path)} is a git-lfs pointer, not the file: run `git lfs pull`.", FIELD)
        length = struct.unpack("<Q", begin[:8])[0] if len(begin) >= 8 else 0
        if not 0 < length <= min(MOST_HEADER, size - 8):
            raise _damaged(path, f"its header would be {length} bytes long, the file is {size}")
        file.seek(0)
        header = file.read(8 + length)
    try:
        content = json.loads(header[8:], object_pairs_hook=_without_doubles)
    except ValueError as error:
        raise _damaged(path, f"its header cannot be read: {error}") from None
    if not isinstance(content, dict):
        raise _damaged(path, "its header is no table of tensors")
    content.pop("__metadata__", None)
    tensors = sorted(
        (_tensor(path, name, entry, len(header)) for name, entry in content.items()),
        key=lambda tensor: (tensor.start, tensor.stop),
    )
    _require_adjoining(path, tensors, len(header), size)
    return Shard(path, size, header, tuple(tensors))


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


def _tensor(path: Path, name: str, entry: Any, begin: int) -> StoredTensor:
    try:
        dtype, shape, (start, stop) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
        whole = all(type(number) is int and number >= 0 for number in (*shape, start, stop))
        fits = whole and prod(shape) * BYTES[dtype] == stop - start
    except (KeyError, TypeError, ValueError):
        raise _damaged(path, f"the entry of {name} is {json.dumps(entry)[:200]}") from None
    if not fits:
        raise _damaged(path, f"{name} is {dtype} {list(shape)}, which does not take the bytes {start} to {stop}")
    return StoredTensor(name, dtype, shape, path, begin + start, begin + stop)


def _require_adjoining(path: Path, tensors: list[StoredTensor], begin: int, size: int) -> None:
    for tensor in tensors:
        if tensor.start != begin:
            raise _damaged(path, f"{tensor.name} begins at byte {tensor.start}, the one before it ends at {begin}")
        begin = tensor.stop
    if begin != size:
        raise _damaged(path, f"its tensors end at byte {begin}, the file at {size}")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a name comes twice")
    return table


def _damaged(path: Path, finding: str) -> BadModel:
    return BadModel(f"{shown(path)} is damaged ({finding}): download the model again.", FIELD)
