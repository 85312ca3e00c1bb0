"""Small bars for the cells of a table: they stretch with the cell, since their places are in percent."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from markupsafe import Markup

from backend.core.evaluation.figures import Interval
from backend.core.evaluation.reporting.axis import Axis
from backend.core.evaluation.reporting.drawing import element


def interval_bar(
    value: float | None, found: Interval | None, axis: Axis, *, mark: float | None = None, other: bool = False
) -> Markup:
    """A value with its interval on a line. The figures stand beside it in words, so readers of a screen skip it.

    Args:
        mark: a value to compare with, such as no difference.
        other: in the second colour: a baseline's.
    """
    middle = "50%"
    parts = [element("line", x1="0%", x2="100%", y1=middle, y2=middle, class_="line")]
    if mark is not None:
        at = f"{axis.place(mark)}%"
        parts.append(element("line", x1=at, x2=at, y1="0%", y2="100%", class_="mark"))
    if found is not None:
        ends = {"x1": f"{axis.place(found.low)}%", "x2": f"{axis.place(found.high)}%"}
        parts.append(element("line", **ends, y1=middle, y2=middle, class_="whisker"))
    if value is not None:
        parts.append(element("circle", cx=f"{axis.place(value)}%", cy=middle, r=5, class_="point"))
    return Markup(f'<svg class="interval{" other" if other else ""}" aria-hidden="true">{"".join(parts)}</svg>')


def stacked_bar(parts: Sequence[tuple[str, float, str]], title: str) -> Markup:
    """Shares of a whole side by side.

    Args:
        parts: name, count and class of each; their counts make up the whole.
        title: all of it in words.
    """
    total = sum(count for _, count, _ in parts) or 1
    drawn, start = [], 0.0
    for name, count, class_ in parts:
        width = 100 * count / total
        told = element("title", escape(f"{name}: {count:g}"))
        place = {"x": f"{start:.3f}%", "width": f"{width:.3f}%"}
        drawn.append(element("rect", told, **place, y="0", height="100%", class_=class_) if count else "")
        start += width
    return Markup(f'<svg class="stack" role="img" aria-label="{escape(title)}">{"".join(drawn)}</svg>')
