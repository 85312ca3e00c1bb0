"""What a run has told, at a glance: a list of runs must not read the whole curve of each.

Of a long curve its end is read, and a piece at each of sixty places: 96 kB of it whether it has a thousand points or a
million.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from backend.jobs.folder import JobFolder, Stamp
from backend.jobs.metrics import Row, row_of

SPARKLINE_POINTS = 60
WHOLE_BYTES = 32 * 1024
"""A curve up to this size, some two hundred rows, is read whole; so much is read of the end of a longer one."""
PIECE_BYTES = 1024
"""Holds a line of the curve with what was cut off before it; lines take about 150 bytes."""
KEPT = 500
"""Runs whose glance is remembered, 4 kB each: five pages of the list."""


@dataclass(frozen=True)
class Glance:
    """A run in a few numbers.

    Args:
        progress: its own words on where it stands.
        latest: newest value of every metric.
        sparkline: the loss in at most 60 points, first and last included.
    """

    progress: dict[str, Any] = field(default_factory=dict)
    latest: Row = field(default_factory=dict)
    sparkline: list[float] = field(default_factory=list)

    @property
    def loss(self) -> float | None:
        """The newest loss."""
        return self.latest.get("loss")


def glance_at(folder: JobFolder) -> Glance:
    """Look at a run's folder."""
    latest, sparkline = _curve(folder.metrics)
    return Glance(folder.progress() or {}, latest, sparkline)


class Glances:
    """The runs that were looked at last, each read again when its files have changed."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[tuple[Stamp, ...], Glance]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, job_id: str, folder: JobFolder) -> Glance:
        """The run at a glance; three `stat` calls when nothing is new."""
        stamp = folder.stamp()
        kept = self._kept.get(job_id)
        glance = kept[1] if kept and kept[0] == stamp else glance_at(folder)
        with self._lock:
            self._kept[job_id] = (stamp, glance)
            self._kept.move_to_end(job_id)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return glance

    def forget(self, job_id: str) -> None:
        """Drop what is kept of a deleted job."""
        with self._lock:
            self._kept.pop(job_id, None)


def _curve(path: Path) -> tuple[Row, list[float]]:
    """The newest value of every metric, and the loss in few points."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return {}, []
    try:
        size = os.fstat(handle).st_size
        if size <= WHOLE_BYTES:
            rows = list(_rows(os.pread(handle, size, 0)))
            return _latest(rows), _thinned([loss for row in rows if (loss := row.get("loss")) is not None])
        end = list(_rows(_from_a_line(os.pread(handle, WHOLE_BYTES, size - WHOLE_BYTES))))
        places = [at * size // SPARKLINE_POINTS for at in range(SPARKLINE_POINTS - 1)]
        found = [_first_loss(os.pread(handle, PIECE_BYTES, max(0, at - 1)), at) for at in places]
    finally:
        os.close(handle)
    latest = _latest(end)
    return latest, [loss for loss in (*found, latest.get("loss")) if loss is not None]


def _first_loss(piece: bytes, at: int) -> float | None:
    """The first loss in a piece that begins with the byte before `at`."""
    whole = _from_a_line(piece) if at else piece
    return next((loss for row in _rows(whole) if (loss := row.get("loss")) is not None), None)


def _from_a_line(piece: bytes) -> bytes:
    """What follows the first end of a line."""
    return piece[piece.find(b"\n") + 1 :]


def _rows(piece: bytes) -> Iterator[Row]:
    """The rows of whole lines; a torn last one is left out."""
    for line in piece[: piece.rfind(b"\n") + 1].splitlines():
        if (row := row_of(line)) is not None:
            yield row


def _latest(rows: list[Row]) -> Row:
    latest: Row = {}
    for row in rows:
        latest.update({name: value for name, value in row.items() if value is not None})
    return latest


def _thinned(losses: list[float]) -> list[float]:
    if len(losses) <= SPARKLINE_POINTS:
        return losses
    stride = (len(losses) - 1) / (SPARKLINE_POINTS - 1)
    return [losses[round(point * stride)] for point in range(SPARKLINE_POINTS)]
