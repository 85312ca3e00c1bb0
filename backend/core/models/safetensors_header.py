"""The header of a safetensors file, read and checked by hand: no tensor is touched, no library decides.

A header says of every tensor its type, its shape and its bytes in the file. All of it is written by whoever made the
file, so all of it is checked before anything allocates, seeks or maps by it.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from backend.core.errors import CorruptWeights
from backend.core.paths import shown

LFS_POINTER = b"version https://git-lfs"
MOST_BYTES = 6 * 2**20
"""About 130 bytes a tensor, so 48,000 of them, and 48 MB to read it; the largest adapters have 37,000 (experts)."""
MOST_SIGNS = 1_000_000
"""Commas and opening brackets in a header. An honest one has eight a tensor; `[{},{},…]` becomes 25 times as large."""
MOST_DIMENSIONS = 16

BYTES = {
    "F64": 8, "I64": 8, "U64": 8, "C64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2,
    "I8": 1, "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1,
}  # fmt: skip
"""Bytes of one element, by the format's name of its type."""


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """What a header says of a tensor.

    Args:
        name: as the file calls it.
        dtype: the format's name of the type, such as `BF16`.
        shape: of the tensor.
        start, stop: first byte and the one after the last, counted from the file's beginning.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int


@dataclass(frozen=True)
class Header:
    """All before the first tensor.

    Args:
        raw: as stored, its length in front.
        size: of the whole file, in bytes.
        tensors: in the order in which their contents follow each other.
    """

    raw: bytes
    size: int
    tensors: tuple[TensorEntry, ...]


def read_header(path: Path, field: str | None = None) -> Header:
    """A file's header: types and sizes known, contents adjoining from the header to the end of the file.

    Args:
        field: the parameter that named the file, for the error.

    Raises:
        CorruptWeights: it is no safetensors file, or a damaged one; the message names the tensor.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        begin = file.read(len(LFS_POINTER))
        if begin == LFS_POINTER:
            raise CorruptWeights(f"{shown(path)} is a git-lfs pointer, not the file: run `git lfs pull`.", field)
        try:
            length = _length(begin, size)
            file.seek(0)
            raw = file.read(8 + length)
            return Header(raw, size, _tensors(raw, size))
        except (ValueError, RecursionError) as error:
            why = str(error).splitlines()[0]
            raise CorruptWeights(f"{shown(path)} is damaged ({why}): download the model again.", field) from None


def _length(begin: bytes, size: int) -> int:
    length = struct.unpack("<Q", begin[:8])[0] if len(begin) >= 8 else 0
    if not 0 < length <= size - 8:
        raise ValueError(f"its header would be {length} bytes long, the file is {size}")
    if length > MOST_BYTES:
        raise ValueError(f"its header is {length} bytes long, {MOST_BYTES} at most are read")
    return int(length)


def _tensors(raw: bytes, size: int) -> tuple[TensorEntry, ...]:
    """Every tensor of a header. Raises ValueError with what is wrong."""
    if raw.count(b",") + raw.count(b"{") + raw.count(b"[") > MOST_SIGNS:
        raise ValueError("its header is no list of tensors but a maze")
    try:
        text = str(memoryview(raw)[8:], "utf-8")
        content = json.loads(text, object_pairs_hook=without_doubles, parse_constant=_no_number)
        del text
    except ValueError as error:
        raise ValueError(f"its header cannot be read: {error}") from None
    if not isinstance(content, dict):
        raise ValueError("its header is no table of tensors")
    metadata = content.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise ValueError("its __metadata__ is no table of texts")
    found = []
    while content:  # let go of one while the other is made: both together are the most memory that is taken
        found.append(_tensor(*content.popitem(), len(raw)))
    found.sort(key=lambda tensor: (tensor.start, tensor.stop))
    _require_adjoining(found, len(raw), size)
    return tuple(found)


def _tensor(name: str, entry: Any, begin: int) -> TensorEntry:
    try:
        dtype, shape, (start, stop) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
        whole = all(type(number) is int and number >= 0 for number in (*shape, start, stop))
        # Before they are multiplied: a thousand large numbers make one that takes minutes.
        small = whole and len(shape) <= MOST_DIMENSIONS and max((*shape, start, stop)) < 2**63
        fits = small and prod(shape) * BYTES[dtype] == stop - start
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"the entry of {name[:200]} is {json.dumps(entry)[:200]}") from None
    if not fits:
        told = str(list(shape))[:200]
        raise ValueError(f"{name[:200]} is {dtype} {told}, which does not take the bytes {start} to {stop}")
    return TensorEntry(name, dtype, shape, begin + start, begin + stop)


def _require_adjoining(tensors: list[TensorEntry], begin: int, size: int) -> None:
    for tensor in tensors:
        if tensor.start != begin:
            raise ValueError(f"{tensor.name[:200]} begins at byte {tensor.start}, the one before it ends at {begin}")
        begin = tensor.stop
    if begin != size:
        raise ValueError(f"its tensors end at byte {begin}, the file at {size}")


def without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For `json.loads`: of two entries with one name, one reader takes the first and another the last."""
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a name comes twice")
    return table


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")
