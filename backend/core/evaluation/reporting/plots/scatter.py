"""Does one figure go with another?"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from backend.core.evaluation.reporting import wording
from backend.core.evaluation.reporting.axis import Axis
from backend.core.evaluation.reporting.drawing import drawing, element
from backend.core.evaluation.reporting.plots.frame import HEIGHT, WIDTH, Side, frame, x_of, y_of

POINTS = 800
"""More points than that hide one another and weigh 60 bytes each."""
_GOLDEN = 0.6180339887498949


def scatter(points: Sequence[tuple[float, float]], across: Side, up: Side, rho: float | None = None) -> Markup:
    """A point per item, and the straight line that fits them best.

    Args:
        points: pairs of values; of more than `POINTS`, evenly chosen ones are drawn.
        across, up: the axes.
        rho: Spearman's, told in the drawing's description.
    """
    parts = [frame(across, up)]
    for place, (x, y) in enumerate(points[:: max(1, -(-len(points) // POINTS))]):
        # Whole scores lie on one another: a shift of up to 3 units, always the same for the same item, parts them.
        shift = 6 * ((place * _GOLDEN) % 1 - 0.5)
        parts.append(element("circle", cx=x_of(across.axis, x), cy=y_of(up.axis, y) + shift, r=3, class_="dot"))
    parts.append(_trend(points, across.axis, up.axis))
    told = f"{up.name} against {across.name} of {len(points):,} items."
    if rho is not None:
        told += f" Spearman's rho {wording.coefficient(rho)}."
    return drawing(WIDTH, HEIGHT, "".join(parts), told)


def _trend(points: Sequence[tuple[float, float]], across: Axis, up: Axis) -> str:
    """Least squares, cut off at the frame."""
    n = len(points)
    if n < 5:
        return ""
    mean_x, mean_y = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0
    if not slope:
        return ""
    low, high = min(x for x, _ in points), max(x for x, _ in points)
    # Where the line meets the frame's upper and lower edge.
    edges = sorted((mean_x + (edge - mean_y) / slope) for edge in (up.low, up.high))
    low, high = max(low, edges[0]), min(high, edges[1])
    ends = [(x_of(across, x), y_of(up, mean_y + slope * (x - mean_x))) for x in (low, high)]
    return element("line", x1=ends[0][0], y1=ends[0][1], x2=ends[1][0], y2=ends[1][1], class_="trend")
