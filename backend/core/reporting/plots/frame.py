"""The frame that plots with two axes share: sizes that stay readable from a telephone to a wide screen."""

from __future__ import annotations

from collections.abc import Callable

from backend.core.reporting.axis import Axis
from backend.core.reporting.drawing import label, line

WIDTH, HEIGHT = 440.0, 250.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 428.0, 14.0, 200.0
"""The area of the data. 13-pixel letters in 440 units are 10.4 pixels on a telephone and 13 on a desk."""


def frame(
    across: Axis, up: Axis, x_name: str, y_name: str, tell: Callable[[float], str], count: Callable[[float], str]
) -> str:
    """Grid lines, ticks and names of both axes.

    Args:
        across, up: the axes.
        x_name, y_name: what they show.
        tell, count: a tick's value as text, across and up.
    """
    parts = [label(y_name, 2, 10, class_="strong") if y_name else ""]
    for value in up.ticks(4):
        y = y_of(up, value)
        parts += [line(LEFT, y, RIGHT, y), label(count(value), LEFT - 8, y + 4, anchor="end")]
    for value in across.ticks(5):
        x = x_of(across, value)
        parts += [line(x, BOTTOM, x, BOTTOM + 4), label(tell(value), x, BOTTOM + 19, anchor="middle")]
    parts.append(label(x_name, (LEFT + RIGHT) / 2, HEIGHT - 8, anchor="middle", class_="strong"))
    return "".join(parts)


def x_of(across: Axis, value: float) -> float:
    """The place across of a value."""
    return LEFT + (RIGHT - LEFT) * across.place(value) / 100


def y_of(up: Axis, value: float) -> float:
    """The place from above of a value."""
    return BOTTOM - (BOTTOM - TOP - 8) * up.place(value) / 100
