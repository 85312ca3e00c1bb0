"""How often each score occurs."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from backend.core.evaluation.figures import Bin, Scale
from backend.core.reporting import wording
from backend.core.reporting.axis import Axis
from backend.core.reporting.drawing import drawing, element, label, line
from backend.core.reporting.plots.frame import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, frame, x_of, y_of


def histogram(bins: Sequence[Bin], scale: Scale, mean: float | None, name: str = "score") -> Markup:
    """Bars of counts over the scale, with the mean as a dashed line.

    Args:
        bins: in rising order, without gaps.
        scale: for how values are told.
        mean: None = no line.
        name: what the scores are.
    """
    across = Axis(bins[0].low, bins[-1].high)
    most = max((found.count for found in bins), default=0)
    up = Axis(0, max(most, 1))
    parts = [
        frame(
            across,
            up,
            name,
            "items",
            lambda value: _tick(value, scale),
            lambda value: f"{value:,.0f}" if value == int(value) else "",
        )
    ]
    for found in bins:
        left, right, top = x_of(across, found.low), x_of(across, found.high), y_of(up, found.count)
        told = element("title", f"{_tick(found.low, scale)} to {_tick(found.high, scale)}: {found.count:,} items")
        size = {"width": max(1.0, right - left - 2), "height": BOTTOM - top}
        parts.append(element("rect", told, x=left + 1, y=top, **size, rx=1.5, class_="bar") if found.count else "")
    parts.append(line(LEFT, BOTTOM, RIGHT, BOTTOM))
    if mean is not None:
        x = x_of(across, mean)
        side = "end" if x > (LEFT + RIGHT) / 2 else "start"
        parts.append(line(x, TOP - 4, x, BOTTOM, "mark"))
        parts.append(
            label(
                f"mean {wording.score(mean, scale)}",
                x + (-6 if side == "end" else 6),
                TOP + 4,
                anchor=side,
                class_="strong",
            )
        )
    told = ", ".join(f"{_tick(found.low, scale)} to {_tick(found.high, scale)}: {found.count}" for found in bins)
    return drawing(WIDTH, HEIGHT, "".join(parts), f"Histogram of the {name}. {told}.")


def _tick(value: float, scale: Scale) -> str:
    return f"{100 * value:g} %" if wording.is_share(scale) else f"{round(value, 6):g}".replace("-", wording.MINUS)
