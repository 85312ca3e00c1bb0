"""A run's curve: `metrics.jsonl` followed as it grows, each line parsed once, each number kept in eight bytes.

50,000 rows of nine numbers are 3.6 MB as columns and some 20 as objects; what a tick costs is its own rows alone.
"""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

Number = float | None
Row = dict[str, Number]

TICK_ROWS = 5000
"""Most rows in one answer; a client that is behind asks again at once."""
MOST_COLUMNS = 64
"""A recipe that names each row's metric anew would need a column for every row; further names are left out."""

ABSENT, NULL = math.nan, math.inf
"""How a column keeps a row that lacks it, and one that tells null: what is read from JSON is always finite."""


@dataclass(frozen=True)
class Columns:
    """Some rows of a curve, a list per metric.

    Args:
        start, next: index of the first row, and of the one behind the last.
        values: of each metric that is in one of these rows; of several rows in one, their mean.
        lows, highs: the extremes, where a value stands for several rows.
        counts: how many rows each value stands for; [] = one.
    """

    start: int
    next: int
    values: dict[str, list[Number]]
    lows: dict[str, list[Number]] = field(default_factory=dict)
    highs: dict[str, list[Number]] = field(default_factory=dict)
    counts: list[int] = field(default_factory=list)


class MetricsTable:
    """The rows of one run.

    The cursor is the row's index, not its step: after a resume steps may repeat, indices do not. Readers in other
    threads see the rows that were whole when they asked.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._refreshing = Lock()
        self._begin()

    def _begin(self) -> None:
        self.length = 0
        self.goes_back = False
        """Whether a resume did some steps again"""
        self._columns: dict[str, array[float]] = {}
        self._last_step = -math.inf
        self._offset = 0

    def refresh(self) -> None:
        """Read what was appended since the last call; a torn last line waits for its rest."""
        with self._refreshing, suppress(FileNotFoundError):
            size = self.path.stat().st_size
            if size < self._offset:
                self._begin()
            if size > self._offset:
                self._read_on()

    def _read_on(self) -> None:
        with self.path.open("rb") as stream:
            stream.seek(self._offset)
            data = stream.read()
        whole = data[: data.rfind(b"\n") + 1]
        for line in whole.splitlines():
            if (row := row_of(line)) is not None:
                self._append(row)
        self._offset += len(whole)

    def _append(self, row: Row) -> None:
        if (step := row.get("step")) is not None:
            self.goes_back = self.goes_back or step < self._last_step
            self._last_step = step
        for name, value in row.items():
            column = self._columns.get(name)
            if column is None:
                if len(self._columns) >= MOST_COLUMNS:
                    continue
                column = self._columns[name] = array("d")
            column.extend([ABSENT] * (self.length - len(column)))
            column.append(NULL if value is None else value)
        self.length += 1

    def column(self, name: str, start: int = 0, stop: int | None = None) -> array[float]:
        """A metric in the rows from `start` to `stop`, with ABSENT and NULL in it."""
        stop = self.length if stop is None else min(stop, self.length)
        cells = self._columns.get(name, array("d"))[start:stop]
        cells.extend([ABSENT] * (stop - start - len(cells)))
        return cells

    def names(self) -> list[str]:
        """The metrics, by their first appearance."""
        return list(self._columns)

    def columns(self, start: int) -> Columns:
        """The rows from `start` on: half the size of the rows as objects."""
        start = start if 0 <= start <= self.length else 0
        stop = min(start + TICK_ROWS, self.length)
        cells = {name: self.column(name, start, stop) for name in self.names()}
        told = {name: column for name, column in cells.items() if not all(map(math.isnan, column))}
        return Columns(start, stop, {name: [known(cell) for cell in column] for name, column in told.items()})

    def since_step(self, step: int) -> list[Row]:
        """The rows of `step` and later, in the order they were written."""
        steps = self.column("step")
        found = (index for index, cell in enumerate(steps) if (known(cell) or 0) >= step)
        return [self._row_at(index) for index, _ in zip(found, range(TICK_ROWS), strict=False)]

    def _row_at(self, index: int) -> Row:
        return dict(self._cells(index))

    def _cells(self, index: int) -> Iterator[tuple[str, Number]]:
        for name, column in list(self._columns.items()):
            if index < len(column) and not math.isnan(column[index]):
                yield name, known(column[index])


def known(cell: float) -> Number:
    """The value of a cell; None where the row has none."""
    return cell if math.isfinite(cell) else None


def row_of(line: bytes) -> Row | None:
    """The numbers of a line; None for what is no row (half a line that a full disk left)."""
    try:
        content: Any = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    return {str(name): _number(value) for name, value in content.items() if not isinstance(value, str | list | dict)}


def _number(value: Any) -> Number:
    """Finite or None: JSON knows no NaN, and a whole number may be too large for any curve."""
    try:
        number = None if value is None else float(value)
    except OverflowError:
        return None
    return number if number is not None and math.isfinite(number) else None
