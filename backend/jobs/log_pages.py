"""A log from its end backwards: its last lines, the piece before one that is known, the lines that hold a word.

Line numbers are told where a reader begins, and counted on from there: counting them takes reading what lies before,
13 ms for the 64 MB that a log may have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from backend.jobs.log import CHUNK_BYTES, KEPT_LOGS, LogSlice, clean, read_log

READ_BYTES = 1 << 20


@dataclass(frozen=True)
class Found:
    """A line that holds what was looked for.

    Args:
        line: its number; the first is 0.
        text: as it is shown.
    """

    line: int
    text: str


def last_page(path: Path, lines: int) -> LogSlice:
    """The last lines, at most a chunk of them, with the number of the first; what a page opens with."""
    piece = read_log(path, _start_of_last(path, lines))
    return replace(piece, line=_lines_before(path, piece.start))


def page_before(path: Path, end: int, generation: int, limit: int = CHUNK_BYTES) -> LogSlice:
    """The whole lines that end at the offset `end`; empty at the file's beginning, or when the file was replaced."""
    start = max(0, end - limit)
    if start:
        with path.open("rb") as stream:
            stream.seek(start)
            cut = stream.read(end - start).find(b"\n") + 1
        start = start + cut if start + cut < end else start  # a line longer than the limit comes in parts
    piece = read_log(path, start, generation, limit=end - start)
    if piece.generation != generation:
        return replace(piece, start=0, next=0, text="", live="", line=0)
    return replace(piece, live="", line=_lines_before(path, start))


def search(path: Path, query: str, limit: int, before: int | None = None) -> tuple[list[Found], bool]:
    """The lines that hold the query, in any case, up to the offset `before`; and whether there are more of them.

    What counts is the text that is shown: who looks for a key learns nothing of one that was taken out.
    """
    wanted = query.lower()
    found: list[Found] = []
    for number, line in _numbered(path, before):
        if wanted in line.lower() and wanted in (shown := clean(line)).lower():
            if len(found) == limit:
                return found, True
            found.append(Found(number, shown))
    return found, False


def whole_log(path: Path) -> Iterator[str]:
    """All of it as it is shown, the pieces that were moved aside first."""
    aged = [path.with_name(f"{path.stem}.{number}{path.suffix}") for number in range(KEPT_LOGS, 0, -1)]
    for part in (*aged, path):
        cursor, piece = 0, read_log(part)
        while piece.next > cursor:
            yield piece.text
            cursor = piece.next
            piece = read_log(part, cursor)
        yield piece.live


def _start_of_last(path: Path, lines: int) -> int:
    """Where the last lines begin, within one chunk of the end."""
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            begin = max(0, size - CHUNK_BYTES)
            stream.seek(begin)
            data = stream.read(size - begin)
    except FileNotFoundError:
        return 0
    at = data.rfind(b"\n") + 1  # an unfinished line is none of them
    for _ in range(lines):
        at = data.rfind(b"\n", 0, max(0, at - 1)) + 1
        if at == 0:
            break
    if at == 0 and begin:
        at = data.find(b"\n") + 1  # cut somewhere in its middle
    return begin + at


def _lines_before(path: Path, end: int) -> int:
    if not end:
        return 0
    count = 0
    with path.open("rb") as stream:
        while end > 0 and (data := stream.read(min(READ_BYTES, end))):
            count += data.count(b"\n")
            end -= len(data)
    return count


def _numbered(path: Path, before: int | None) -> Iterator[tuple[int, str]]:
    """The lines up to an offset with their numbers; one longer than a chunk comes in parts."""
    if not path.exists():
        return
    left = path.stat().st_size if before is None else before
    number = 0
    with path.open("rb") as stream:
        while left > 0 and (line := stream.readline(min(left, READ_BYTES))):
            left -= len(line)
            yield number, line.removesuffix(b"\n").decode("utf-8", "replace")
            number += line.endswith(b"\n")
