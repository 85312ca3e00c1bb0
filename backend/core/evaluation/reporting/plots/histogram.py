"""How often each score occurs."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from backend.core.evaluation.figures import Bin, Scale
from backend.core.evaluation.reporting import wording
from backend.core.evaluation.reporting.axis import Axis
from backend.core.evaluation.reporting.drawing import drawing, element, label, line
from backend.core.evaluation.reporting.plots.frame import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Side,
    frame,
    x_of,
    y_of,
)


def histogram(
    bins: Sequence[Bin], scale: Scale, mean: float | None, name: str = "score", *, signed: bool = False
) -> Markup:
    """Bars of counts over the scale, with the mean as a dashed line.

    Args:
        bins: in rising order, without gaps.
        scale: for how values are told.
        mean: None = no line.
        name: what the values are.
        signed: whether they are differences.
    """
    across, up = Axis(bins[0].low, bins[-1].high), Axis(0, max(1, *(found.count for found in bins)))

    def told(value: float) -> str:
        return wording.tick(value, scale, signed=signed).removesuffix(" points")

    parts = [frame(Side(across, name, told), Side(up, "items", "{:,.0f}".format, whole=True))]
    ranges = [f"{told(found.low)} to {told(found.high)}: {found.count:,} items" for found in bins]
    for found, words in zip(bins, ranges, strict=True):
        left, right, top = x_of(across, found.low), x_of(across, found.high), y_of(up, found.count)
        size = {"width": max(1.0, right - left - 2), "height": BOTTOM - top}
        bar = element("rect", element("title", words), x=left + 1, y=top, **size, rx=1.5, class_="bar")
        parts.append(bar if found.count else "")
    parts.append(line(LEFT, BOTTOM, RIGHT, BOTTOM))
    if mean is not None:
        x = x_of(across, mean)
        side, shift = ("end", -6) if x > (LEFT + RIGHT) / 2 else ("start", 6)
        parts.append(line(x, TOP - 4, x, BOTTOM, "mark"))
        mean_told = f"mean {wording.score(mean, scale, signed=signed)}"
        parts.append(label(mean_told, x + shift, TOP + 4, anchor=side, class_="strong"))
    return drawing(WIDTH, HEIGHT, "".join(parts), f"Histogram of the {name}. {'; '.join(ranges)}.")
