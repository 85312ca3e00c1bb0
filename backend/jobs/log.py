"""A run's log, read in pieces: as it grows, from the end, clean enough to show.

A cursor is a byte offset plus the file's generation: free to resume from (a seek), valid over restarts of the
service. What is served ends at a line's end and never inside a UTF-8 sequence; a line that redraws itself with `\\r`
(a progress bar) counts once, in its last state; terminal control sequences are taken out.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from backend.core.redaction import CONTROL, redacted

CHUNK_BYTES = 256 * 1024
"""Most bytes in one answer; a client that is behind asks again at once."""

TAIL_BYTES = 64 * 1024
"""Read from the end to find the last lines: seeking makes it 0.2 ms on a 2 GB log, reading all of it 26 s."""

LINE_CHARACTERS = 4096

LOG_BYTES = 64 * 1024 * 1024
KEPT_LOGS = 4
"""A log that outgrows its bytes becomes `log.1.txt`, so many are kept: 320 MiB for a run that logs without end."""


@dataclass(frozen=True)
class LogSlice:
    """A piece of the log.

    Args:
        start, next: byte offsets of the piece and behind it.
        size: bytes in the file.
        generation: changes when the file is replaced; cursors of another generation start afresh.
        text: whole lines.
        live: the unfinished last line as it stands, replaced by the next piece.
        behind: there is more than fitted.
        line: lines before the piece, where they were counted.
    """

    start: int
    next: int
    size: int
    generation: int
    text: str = ""
    live: str = ""
    behind: bool = False
    line: int | None = None


def rotate(path: Path) -> None:
    """Move the log's content to `log.1.txt`, and that of older ones on.

    It is copied and cut, not renamed: the run holds it open, and appends at its end wherever that is. What it writes
    between the copy and the cut, within milliseconds, is lost.
    """
    aged = [path.with_name(f"{path.stem}.{number}{path.suffix}") for number in range(1, KEPT_LOGS + 1)]
    for younger, older in reversed(list(pairwise(aged))):
        if younger.exists():
            os.replace(younger, older)
    with suppress(OSError):  # a full disk: room for the run's own words goes over old ones
        shutil.copyfile(path, aged[0])
    os.truncate(path, 0)


def read_log(path: Path, cursor: int = 0, generation: int | None = None, limit: int = CHUNK_BYTES) -> LogSlice:
    """The lines from `cursor` on, at most `limit` bytes of them; a cursor that does not fit the file means 0."""
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        return LogSlice(0, 0, 0, 0)
    with stream:
        size, current = _identity(path)
        if cursor > size or (generation is not None and generation != current):
            cursor = 0
        stream.seek(cursor)
        data = stream.read(limit)
    end = data.rfind(b"\n") + 1
    if not end and len(data) == limit:
        end = _whole_characters(data)  # one line longer than the limit is served in parts
    at_end = cursor + len(data) >= size
    live = clean(data[end:].decode("utf-8", "ignore")) if at_end else ""
    text = clean(data[:end].decode("utf-8", "replace"))
    return LogSlice(cursor, cursor + end, size, current, text, live, behind=not at_end)


def last_lines(path: Path, count: int) -> list[str]:
    """The last lines, the unfinished one included; [] before there is a log."""
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(max(0, size - TAIL_BYTES))
            data = stream.read()
    except FileNotFoundError:
        return []
    lines = clean(data.decode("utf-8", "replace")).split("\n")
    if size > TAIL_BYTES:
        lines = lines[1:]  # cut somewhere in its middle
    return [line for line in lines if line.strip()][-count:]


def clean(text: str) -> str:
    """The text as a terminal would leave it, without colours, and without secrets that a program has printed."""
    return redacted("\n".join(_settled(line) for line in CONTROL.sub("", text).split("\n")))


def _settled(line: str) -> str:
    """The last state of a line that redraws itself, cut to a length that a page can draw."""
    states = [state for state in line.split("\r") if state]
    last = states[-1] if states else ""
    return last if len(last) <= LINE_CHARACTERS else last[:LINE_CHARACTERS] + " …"


def _whole_characters(data: bytes) -> int:
    """How many leading bytes hold no UTF-8 sequence that is cut at the end."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 == 0xC0:  # the first byte of a sequence
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(data) - back if back < length else len(data)
        if byte < 0x80:
            break
    return len(data)


def _identity(path: Path) -> tuple[int, int]:
    """Size and generation: the inode, mixed with the time of the last rotation; kept below 2^31 so that JavaScript
    holds it exactly."""
    status = path.stat()
    try:
        rotated = path.with_name(f"{path.stem}.1{path.suffix}").stat().st_mtime_ns // 1000
    except FileNotFoundError:
        rotated = 0
    return status.st_size, (status.st_ino ^ rotated) & 0x7FFFFFFF
