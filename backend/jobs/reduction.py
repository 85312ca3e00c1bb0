"""A long curve in as many points as a screen can show: each stands for some rows, with their mean and extremes.

What is left out of a mean is in its extremes, so no spike is lost; and what a resume did again replaces what it undid.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from backend.jobs.metrics import Columns, MetricsTable, Number, known

FULL_ROWS = 20_000
"""Up to so many rows a whole curve is served as it is: 100 kB compressed, and a page draws it at once."""
POINTS = 2000
"""Of a longer one: two for each pixel of a chart."""

RISING = frozenset({"step", "epoch", "time", "tokens"})
"""What says where a row stands: of several rows it is the last one's."""


def whole_curve(table: MetricsTable, points: int = POINTS) -> Columns:
    """All rows, or so many points of them once there are more than a page draws at once."""
    length = table.length  # it grows meanwhile
    return _served(table, _standing(table, length), length, points, fitting=FULL_ROWS)


def part_of(table: MetricsTable, first: float, last: float, points: int) -> Columns:
    """The rows of some steps, as they are if no more than `points`."""
    length = table.length
    steps = table.column("step", 0, length)
    rows = [row for row in _standing(table, length) if first <= (known(steps[row]) or 0) <= last]
    return _served(table, rows, length, points, fitting=points)


def _standing(table: MetricsTable, length: int) -> Sequence[int]:
    """Those of the first rows that no later one of them has replaced."""
    if not table.goes_back:
        return range(length)
    steps = table.column("step", 0, length)
    rows: list[int] = []
    for row, step in enumerate(steps):
        while rows and steps[rows[-1]] > step:
            rows.pop()
        rows.append(row)
    return rows


def _served(table: MetricsTable, rows: Sequence[int], length: int, points: int, fitting: int) -> Columns:
    cells = {name: table.column(name, 0, length) for name in table.names()}
    if len(rows) <= fitting:
        taken = {name: [known(column[row]) for row in rows] for name, column in cells.items()}
        return Columns(0, length, {name: values for name, values in taken.items() if _tells(values)})
    size = math.ceil(len(rows) / points)
    groups = [rows[start : start + size] for start in range(0, len(rows), size)]
    result = Columns(0, length, {}, counts=[len(group) for group in groups])
    for name, column in cells.items():
        values = [[column[row] for row in group if math.isfinite(column[row])] for group in groups]
        if name in RISING:
            result.values[name] = [of_group[-1] if of_group else None for of_group in values]
        elif any(values):
            result.values[name] = [_short(sum(of_group) / len(of_group)) if of_group else None for of_group in values]
            result.lows[name] = [_short(min(of_group)) if of_group else None for of_group in values]
            result.highs[name] = [_short(max(of_group)) if of_group else None for of_group in values]
    return result


def _tells(values: list[Number]) -> bool:
    return any(value is not None for value in values)


def _short(value: float) -> float:
    """Six digits: what no screen shows is a third of the answer."""
    return float(f"{value:.6g}")
