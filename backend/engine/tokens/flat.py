"""Token ids end to end, 4 bytes each: in memory, or in files that are mapped when they are read."""

from __future__ import annotations

import io
import zlib
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

READ_AT_ONCE = 1 << 22
PARTS = {"ids": ("i", np.int32, 1), "spans": ("i", np.int32, 2), "offsets": ("q", np.int64, 2)}
"""Per part its type code, its type and its columns; on the disk each is the file of this name."""

Pieces = Sequence[tuple[Sequence[int], bool]]
"""An example: token ids one after the other, and whether a model learns to write them."""


@dataclass(frozen=True)
class Flat:
    """The examples of a file.

    Args:
        ids: token ids of all examples, int32 (tokens).
        spans: where the supervised tokens begin and end, counted from their example's first, int32 (spans, 2).
        offsets: where the ids and the spans of each example begin, and where the last one's end, int64
            (examples + 1, 2).
    """

    ids: Any
    spans: Any
    offsets: Any

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @classmethod
    def of_folder(cls, folder: Path) -> Flat:
        """The files of a folder, mapped: they take memory only where they are being read. Raises OSError."""
        return cls(**{name: _shaped(name, _mapped(folder / name, PARTS[name][1])) for name in PARTS})


@dataclass(frozen=True)
class Written:
    """How a part may be known again: its size in bytes and its CRC-32, which a disk reads at its full speed."""

    size: int
    crc: int


class FlatWriter:
    """Takes one example after the other.

    Args:
        folder: where the files go; None = into memory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._streams: dict[str, BinaryIO] = {
            name: (folder / name).open("wb") if folder else io.BytesIO() for name in PARTS
        }
        self._begin()

    def add(self, pieces: Pieces) -> None:
        """Put an example behind the others. Raises OSError."""
        length, spans = 0, []
        for ids, is_learnt in pieces:
            self._write("ids", ids)
            if is_learnt and len(ids):
                spans += [length, length + len(ids)]
            length += len(ids)
        self._write("spans", spans)
        self._tokens += length
        self._spans += len(spans) // 2
        self._write("offsets", [self._tokens, self._spans])

    def clear(self) -> None:
        """Begin anew. Raises OSError."""
        for stream in self._streams.values():
            stream.seek(0)
            stream.truncate()
        self._begin()

    def close(self) -> Mapping[str, Written]:
        """Close the files and tell what is in them. Raises OSError."""
        for stream in self._streams.values():
            stream.close()
        return self._written

    def in_memory(self) -> Flat:
        """What was written into memory."""
        parts = {
            name: _shaped(name, np.frombuffer(stream.getbuffer(), PARTS[name][1]))
            for name, stream in self._streams.items()
            if isinstance(stream, io.BytesIO)
        }
        return Flat(**parts)

    def _begin(self) -> None:
        self._written = dict.fromkeys(PARTS, Written(0, 0))
        self._tokens = self._spans = 0
        self._write("offsets", [0, 0])

    def _write(self, name: str, numbers: Iterable[int]) -> None:
        data = array(PARTS[name][0], numbers).tobytes()
        self._streams[name].write(data)
        before = self._written[name]
        self._written[name] = Written(before.size + len(data), zlib.crc32(data, before.crc))


def is_whole(folder: Path, written: Mapping[str, Written]) -> bool:
    """Whether the files hold what was written into them."""
    try:
        return all(_measured(folder / name) == written[name] for name in PARTS)
    except (OSError, KeyError):
        return False


def _measured(path: Path) -> Written:
    size = crc = 0
    with path.open("rb") as stream:
        while piece := stream.read(READ_AT_ONCE):
            size, crc = size + len(piece), zlib.crc32(piece, crc)
    return Written(size, crc)


def _mapped(path: Path, kind: Any) -> Any:
    """An empty file cannot be mapped."""
    return np.memmap(path, kind, mode="r") if path.stat().st_size else np.empty(0, kind)


def _shaped(name: str, numbers: Any) -> Any:
    columns = PARTS[name][2]
    return numbers.reshape(-1, columns) if columns > 1 else numbers
