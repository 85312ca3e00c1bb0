"""A folder as one zip file that is sent while it is made: nothing of it is kept in memory or on the disk."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path
from typing import Any, BinaryIO

READ_AT_ONCE = 1 << 20
MOST_FILES = 10_000
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""A zip file knows no time before."""


@dataclass(frozen=True)
class PlainFile:
    """A file of a folder.

    Args:
        name: its path inside the folder, with `/` between the parts.
        path: where it lies.
        size_bytes: of its content.
    """

    name: str
    path: Path
    size_bytes: int


def plain_files(folder: Path) -> list[PlainFile]:
    """The files below a folder by name, never a link nor what one leads to, nor anything hidden."""
    found: list[PlainFile] = []
    for place, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            path = Path(place, name)
            status = path.lstat()
            if stat.S_ISREG(status.st_mode) and not name.startswith(".") and len(found) < MOST_FILES:
                found.append(PlainFile(path.relative_to(folder).as_posix(), path, status.st_size))
    return sorted(found, key=lambda file: file.name)


@dataclass(frozen=True)
class MadeFile:
    """A file that lies nowhere: written for the archive.

    Args:
        name: its path inside the archive, with `/` between the parts.
        text: its content.
    """

    name: str
    text: str


def zipped(files: Sequence[PlainFile], root: str) -> Iterator[bytes]:
    """The bytes of a zip file of these files, below a folder `root`; not compressed, as weights cannot be.

    A file that was replaced by a link meanwhile is left out; one that cannot be read breaks the answer off.
    """
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            yield from _entry(archive, outlet, file, root, _pieces)
    yield outlet.taken()


def zipped_texts(files: Sequence[PlainFile | MadeFile], root: str, edit: Callable[[str], str]) -> Iterator[bytes]:
    """The same of files of text, compressed, each line as `edit` leaves it."""

    def edited(content: BinaryIO) -> Iterator[bytes]:
        while lines := content.readlines(READ_AT_ONCE):
            yield edit(b"".join(lines).decode("utf-8", "replace")).encode("utf-8", "replace")

    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            if isinstance(file, MadeFile):
                archive.writestr(f"{root}/{file.name}", edit(file.text))
            else:
                yield from _entry(archive, outlet, file, root, edited)
    yield outlet.taken()


Reader = Callable[[BinaryIO], Iterator[bytes]]


def _pieces(content: BinaryIO) -> Iterator[bytes]:
    while piece := content.read(READ_AT_ONCE):
        yield piece


def _entry(archive: zipfile.ZipFile, outlet: _Outlet, file: PlainFile, root: str, read: Reader) -> Iterator[bytes]:
    try:
        handle = os.open(file.path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        if file.path.is_symlink() or not file.path.exists():
            return
        raise
    with os.fdopen(handle, "rb") as content:
        entry = zipfile.ZipInfo(f"{root}/{file.name}", _date_of(file.path))
        entry.external_attr = 0o644 << 16
        entry.compress_type = archive.compression
        with archive.open(entry, "w", force_zip64=True) as into:
            for piece in read(content):
                into.write(piece)
                yield outlet.taken()
    yield outlet.taken()


def _date_of(path: Path) -> tuple[int, int, int, int, int, int]:
    made = zipfile.ZipInfo.from_file(path).date_time
    return max(made, EARLIEST)


class _Outlet(RawIOBase):
    """What the archive writes to: it cannot be gone back in, so the archive writes from front to end."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._waiting += piece
        return len(piece)

    def taken(self) -> bytes:
        """What was written since this was asked last."""
        piece = bytes(self._waiting)
        self._waiting.clear()
        return piece
