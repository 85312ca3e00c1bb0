"""JSON as the standard has it, and nothing that a later layer would read in another way.

The standard library takes `NaN`, `1e999`, lone surrogates and duplicate keys; each has been somebody's 500, or a value
that the guard and the program understood differently.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

DEEPEST = 32
"""Levels of nesting; nothing of ours needs ten."""

_HALF = re.compile("\\\\u[dD][89a-fA-F]|[\ud800-\udfff]")
"""What half of a surrogate pair comes from: its escape, or itself."""


class MalformedJson(ValueError):
    """Not the JSON we take; the message says why, without a subject: "holds NaN, which JSON does not have"."""


def strict_json(text: str) -> Any:
    """The value of a JSON text. Raises MalformedJson."""
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise MalformedJson(f"is not JSON: {error.msg} (character {error.pos})") from None
    except RecursionError:
        raise MalformedJson("is nested too deeply") from None
    except MalformedJson:
        raise
    except ValueError:  # an integer of more than 4,300 digits
        raise MalformedJson("holds a number that is too long") from None
    if not _is_shallow(value):
        raise MalformedJson("is nested too deeply")
    if _HALF.search(text):
        _require_text(json.dumps(value, ensure_ascii=False))
    return value


def _no_constant(name: str) -> Any:
    raise MalformedJson(f"holds {name}, which JSON does not have")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise MalformedJson("holds a number that is too large")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedJson("gives the same key twice")
    return found


def _is_shallow(value: Any) -> bool:
    """Look at every level, without recursion of our own."""
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        within = [item.values() if isinstance(item, dict) else item for item in level if isinstance(item, dict | list)]
        if not within:
            return True
        level = [item for items in within for item in items]
    return False


def _require_text(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedJson("holds half of a surrogate pair") from None
