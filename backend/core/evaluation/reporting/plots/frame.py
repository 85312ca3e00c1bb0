"""The frame that plots with two axes share: sizes that stay readable from a telephone to a wide screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from backend.core.evaluation.reporting.axis import Axis
from backend.core.evaluation.reporting.drawing import label, line

WIDTH, HEIGHT = 440.0, 250.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 428.0, 14.0, 200.0
"""The area of the data. 13-pixel letters in 440 units are 10.4 pixels on a telephone and 13 on a desk."""


@dataclass(frozen=True)
class Side:
    """An axis with its words.

    Args:
        axis: the range.
        name: what it shows.
        told: a tick's value as text.
        whole: only whole numbers, as of counts.
    """

    axis: Axis
    name: str
    told: Callable[[float], str]
    whole: bool = False

    def ticks(self, count: int) -> list[float]:
        """About so many values to draw."""
        return [value for value in self.axis.ticks(count) if not self.whole or value == int(value)]


def frame(across: Side, up: Side) -> str:
    """Grid lines, ticks and names of both axes."""
    parts = [label(up.name, 2, 10, class_="strong")]
    for value in up.ticks(4):
        y = y_of(up.axis, value)
        parts += [line(LEFT, y, RIGHT, y), label(up.told(value), LEFT - 8, y + 4, anchor="end")]
    for value in across.ticks(5):
        x = x_of(across.axis, value)
        parts += [line(x, BOTTOM, x, BOTTOM + 4), label(across.told(value), x, BOTTOM + 19, anchor="middle")]
    parts.append(label(across.name, (LEFT + RIGHT) / 2, HEIGHT - 8, anchor="middle", class_="strong"))
    return "".join(parts)


def x_of(across: Axis, value: float) -> float:
    """The place across of a value."""
    return LEFT + (RIGHT - LEFT) * across.place(value) / 100


def y_of(up: Axis, value: float) -> float:
    """The place from above of a value."""
    return BOTTOM - (BOTTOM - TOP - 8) * up.place(value) / 100
