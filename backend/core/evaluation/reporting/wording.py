"""Figures as people read them: as many digits as mean something, units, and a dash for what is unknown."""

from __future__ import annotations

import math
from datetime import datetime

from backend.core.evaluation.figures import Cost, Interval, Scale, Share

NONE = "–"
MINUS = "\N{MINUS SIGN}"


def score(value: float | None, scale: Scale, *, signed: bool = False) -> str:
    """A score: shares in percent, scales to 100 with one digit, others with two.

    Args:
        signed: it is a difference: with its sign, and of shares in points, since 2 % of 50 % is 1 %.
    """
    if value is None or not math.isfinite(value):
        return NONE
    if is_share(scale):
        return f"{number(100 * value, 1, signed=True)} points" if signed else percent(value)
    return number(value, 1 if scale.high - scale.low >= 50 else 2, signed=signed)


def gap(value: float | None, scale: Scale) -> str:
    """The size of a difference, without a sign."""
    return NONE if value is None else score(abs(value), scale, signed=True).removeprefix("+")


def tick(value: float, scale: Scale, *, signed: bool = False) -> str:
    """A round value, such as the end of an axis or one item's grade, without digits that say nothing."""
    size = abs(value) * (100 if is_share(scale) else 1)
    told = f"{round(size, 6):,g}" if size < 1e6 else f"{size:,.0f}"
    sign = MINUS if value < 0 else "+" if signed and value > 0 else ""
    unit = "" if not is_share(scale) else " points" if signed else " %"
    return sign + told + unit


def is_share(scale: Scale) -> bool:
    """Whether the scale is 0 to 1."""
    return scale.low == 0 and scale.high == 1


def interval(found: Interval | None, scale: Scale, *, signed: bool = False) -> str:
    """`low to high`; a dash where there is none. It ends where the scale does: no mean lies beyond."""
    if found is None:
        return NONE
    width = scale.high - scale.low
    lowest, highest = (-width, width) if signed else (scale.low, scale.high)
    low, high = (score(min(max(end, lowest), highest), scale, signed=signed) for end in (found.low, found.high))
    return f"{low.removesuffix(' points')} to {high}"


def number(value: float, digits: int, *, signed: bool = False) -> str:
    """A number with so many digits behind the point, a real minus, and its plus where asked for."""
    text = f"{abs(value):,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        return text
    return (MINUS if value < 0 else "+" if signed else "") + text


def percent(value: float | None, digits: int = 1, *, signed: bool = False) -> str:
    """A share in percent; 100 % and 0 % only where it is exactly that."""
    if value is None or not math.isfinite(value):
        return NONE
    if not signed and 0 < value < 1:
        edge = 10.0 ** -(digits + 2)
        value = min(max(value, edge), 1 - edge)
    return f"{number(100 * value, 0 if value in (0, 1) and not signed else digits, signed=signed)} %"


def share(found: Share) -> str:
    """`83.0 % (83 of 100)`."""
    count = f"{found.count:,.0f}" if found.count == int(found.count) else f"{found.count:,.1f}"
    return f"{percent(found.value)} ({count} of {found.n:,})" if found.n else NONE


def p_value(value: float | None) -> str:
    """`p = 0.012`, `p < 0.001`."""
    if value is None:
        return NONE
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}" if value < 0.1 else f"p = {value:.2f}"


def coefficient(value: float | None) -> str:
    """A correlation or an agreement."""
    return NONE if value is None else number(value, 2)


def duration(seconds: float | None) -> str:
    """Seconds below two minutes, then minutes, then hours."""
    if seconds is None:
        return NONE
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"


def money(cost: Cost) -> str:
    """The cost, or that it is unknown; nothing is never shown for unknown."""
    if cost.value is None:
        return "unknown"
    digits = 2 if cost.value == 0 or cost.value >= 1 else 4
    return f"{cost.value:,.{digits}f} {cost.currency}"


def moment(iso: str) -> str:
    """`23 November 2026, 16:40 UTC`; the text itself where it is no time."""
    try:
        when = datetime.fromisoformat(iso.replace("Z", "+00:00"))
    except ValueError:
        return iso
    zone = " UTC" if when.tzinfo is None or not when.utcoffset() else f" {when:%z}"
    return f"{when.day} {when:%B %Y, %H:%M}{zone}"


def words(name: str) -> str:
    """A name of the data format as words: `below_coverage` is `below coverage`."""
    return name.replace("_", " ")
