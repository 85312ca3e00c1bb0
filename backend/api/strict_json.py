"""JSON as the standard has it, and nothing that a later layer would read in another way.

The standard library takes `NaN`, `1e999`, lone surrogates and duplicate keys; each has been somebody's 500, or a value
that the guard and the program understood differently.
"""

from __future__ import annotations

import json
import math
from typing import Any

DEEPEST = 32
"""Levels of nesting; no request of ours needs five."""


class MalformedJson(ValueError):
    """Not the JSON we take; the message says why."""


def require_strict_json(body: bytes) -> None:
    """Raises MalformedJson."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedJson(f"The body is not UTF-8 (byte {error.start}).") from None
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise MalformedJson(f"The body is not JSON: {error.msg} (character {error.pos}).") from None
    except RecursionError:
        raise MalformedJson("The body is nested too deeply.") from None
    except MalformedJson:
        raise
    except ValueError:  # an integer of more than 4,300 digits
        raise MalformedJson("The body holds a number that is too long.") from None
    _walk(value)


def _no_constant(name: str) -> Any:
    raise MalformedJson(f"The body holds {name}, which JSON does not have.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise MalformedJson("The body holds a number that is too large.")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedJson("The body gives the same key twice.")
    return found


def _walk(value: Any) -> None:
    """Look at every text and every level, without recursion of our own."""
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        deeper: list[Any] = []
        for item in level:
            if isinstance(item, str):
                _require_text(item)
            elif isinstance(item, dict):
                deeper += [*item.keys(), *item.values()]
            elif isinstance(item, list):
                deeper += item
        if not deeper:
            return
        level = deeper
    raise MalformedJson("The body is nested too deeply.")


def _require_text(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedJson("The body holds half of a surrogate pair.") from None
