"""A file of JSON lines that only grows: one write per line, so that a kill loses at most the line being written."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from backend.core.llm.stops import NoRoom
from backend.core.paths import shown
from backend.core.storage.files import explained

logger = logging.getLogger(__name__)

SYNC_SECONDS = 1.0
"""What a power loss may take (a flush takes 5 ms or far more, a write 2 µs); a kill takes nothing written."""


def line_of(row: Mapping[str, Any]) -> bytes:
    """One line. Lone surrogates, which UTF-8 lacks, become escapes."""
    try:
        return json.dumps(row, ensure_ascii=False, allow_nan=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(row, allow_nan=False).encode() + b"\n"


BESIDE = ThreadPoolExecutor(1, "disk")
"""The thread for what a disk may take its time over, so that no request waits for it."""


class Lines:
    """Appends to the file, whose last line is whole afterwards or not there.

    Args:
        path: made when absent.

    Raises:
        InvalidInput: no permission.
        NoRoom: the disk is full.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise explained(error, path) from error
        self._synced = time.monotonic()
        self._syncing: Future[None] | None = None
        self.size = os.fstat(self._handle).st_size

    def append(self, row: Mapping[str, Any]) -> int:
        """Write a row; returns where its line begins. Raises NoRoom; the file is then as it was."""
        data, begin = line_of(row), self.size
        try:
            written = os.write(self._handle, data)
            while written < len(data):
                written += os.write(self._handle, data[written:])
            self.size += len(data)
            if time.monotonic() - self._synced > SYNC_SECONDS:
                self._sync()
        except OSError as error:
            os.ftruncate(self._handle, begin)
            self.size = begin
            raise NoRoom(
                f"{shown(self.path)} cannot be written any more ({error.strerror}). Everything finished so far is "
                "kept: make room, then resume the run."
            ) from error
        return begin

    def _sync(self) -> None:
        """Flush beside the work, never two at a time; what it raises is raised by the next one."""
        if self._syncing is not None:
            if not self._syncing.done():
                return
            self._syncing.result()
        self._syncing = BESIDE.submit(os.fsync, self._handle)
        self._synced = time.monotonic()

    def read_at(self, begin: int) -> dict[str, Any]:
        """The row whose line begins there."""
        parts, position = [], begin
        while True:
            part = os.pread(self._handle, 65_536, position)
            end = part.find(b"\n")
            parts.append(part if end < 0 else part[:end])
            position += len(part)
            if end >= 0 or not part:
                row: dict[str, Any] = json.loads(b"".join(parts))
                return row

    def close(self) -> None:
        """Flush to the disk and let go."""
        if self._handle >= 0:
            handle, self._handle = self._handle, -1
            try:
                if self._syncing is not None:
                    self._syncing.result()
                os.fsync(handle)
            finally:
                os.close(handle)


def repaired(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every row of the file with the place of its line, after mending what a crash left.

    Bytes behind the last line end are cut off. Lines that are no JSON objects go to `<name>.corrupt`; the file is
    then written anew without them, atomically.
    """
    if not path.exists():
        return
    _cut_torn_end(path)
    bad = [number for number, _, row in _rows(path) if row is None]
    if bad:
        _quarantine(path, set(bad))
    for _, begin, row in _rows(path):
        if row is not None:
            yield begin, row


def _rows(path: Path) -> Iterator[tuple[int, int, dict[str, Any] | None]]:
    begin = 0
    with path.open("rb") as stream:
        for number, line in enumerate(stream):
            yield number, begin, _object(line)
            begin += len(line)


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _cut_torn_end(path: Path) -> None:
    with path.open("r+b") as stream:
        size = stream.seek(0, os.SEEK_END)
        whole, step = size, 65_536
        while whole:
            begin = max(0, whole - step)
            stream.seek(begin)
            found = stream.read(whole - begin).rfind(b"\n")
            if found >= 0:
                whole = begin + found + 1
                break
            whole = begin
        if whole < size:
            logger.warning("%s: a line cut off by a crash (%d bytes) is left out.", shown(path), size - whole)
            stream.truncate(whole)


def _quarantine(path: Path, bad: set[int]) -> None:
    aside = path.with_name(f"{path.name}.corrupt")
    logger.warning("%s: %d unreadable lines are moved to %s.", shown(path), len(bad), aside.name)
    partial = path.with_name(f".tmp_{path.name}")
    with path.open("rb") as stream, aside.open("ab") as corrupt, partial.open("wb") as good:
        for number, line in enumerate(stream):
            (corrupt if number in bad else good).write(line)
        good.flush()
        os.fsync(good.fileno())
    os.replace(partial, path)
