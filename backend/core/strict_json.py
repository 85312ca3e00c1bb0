"""JSON as the standard has it, and nothing that a later layer would read in another way.

The standard library takes `NaN`, `1e999`, lone surrogates and duplicate keys; each has been somebody's 500, or a value
that the guard and the program understood differently.
"""

from __future__ import annotations

import json
import math
from typing import Any

DEEPEST = 32
"""Levels of nesting; nothing of ours needs ten."""


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
    _walk(value)
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
    raise MalformedJson("is nested too deeply")


def _require_text(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedJson("holds half of a surrogate pair") from None
