"""Several figures with their intervals under one another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from backend.core.evaluation.reporting.axis import Axis
from backend.core.evaluation.reporting.drawing import drawing, element, label, line

WIDTH, ROW, TOP = 640.0, 30.0, 12.0
LEFT, RIGHT = 190.0, 520.0
LETTERS = 26
"""Of a name; more would run into the data."""


@dataclass(frozen=True)
class ForestRow:
    """One figure.

    Args:
        name: what it is of.
        value: None = not known.
        low, high: its interval; None = too few to tell.
        told: the value as text.
        n: how many it rests on.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    told: str
    n: int


def forest(
    rows: Sequence[ForestRow], axis: Axis, told: Callable[[float], str], title: str, *, mark: float | None = None
) -> Markup:
    """A line per figure: its name, point and interval, and its value with the number of items.

    Args:
        mark: a value to compare with, such as no difference.
    """
    bottom = TOP + ROW * len(rows)
    parts = [line(_x(axis, value), TOP, _x(axis, value), bottom) for value in axis.ticks(5)]
    if mark is not None:
        parts.append(line(_x(axis, mark), TOP, _x(axis, mark), bottom, "mark"))
    for place, row in enumerate(rows):
        y = TOP + ROW * (place + 0.5)
        name = row.name if len(row.name) <= LETTERS else f"{row.name[: LETTERS - 1]}…"
        parts.append(label(name, LEFT - 14, y + 4, anchor="end", class_="strong"))
        if row.low is not None and row.high is not None:
            parts.append(line(_x(axis, row.low), y, _x(axis, row.high), y, "whisker"))
        if row.value is not None:
            parts.append(element("circle", cx=_x(axis, row.value), cy=y, r=5, class_="point"))
        parts.append(label(row.told, RIGHT + 14, y + 4, class_="strong"))
        parts.append(label(f"n = {row.n:,}", WIDTH - 4, y + 4, anchor="end"))
    parts += [label(told(value), _x(axis, value), bottom + 18, anchor="middle") for value in axis.ticks(5)]
    return drawing(WIDTH, bottom + 26, "".join(parts), title)


def _x(axis: Axis, value: float) -> float:
    return LEFT + (RIGHT - LEFT) * axis.place(value) / 100
