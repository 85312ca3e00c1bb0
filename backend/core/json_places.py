"""Where in a JSON text something stands: an error in a file that a person edits should say line and column."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from backend.core.strict_json import DEEPEST, MalformedJson, strict_json

JsonPath = tuple[str | int, ...]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+')


def place(text: str, offset: int) -> str:
    """An offset as a person's editor shows it."""
    start = text.rfind("\n", 0, offset) + 1
    return f"line {text.count(chr(10), 0, offset) + 1}, column {offset - start + 1}"


def place_of(text: str, path: JsonPath) -> str:
    """Where the value at a path stands, or the nearest one around it when there is none."""
    nearest, offset = -1, 0
    for found, start, _ in _values(text):
        if len(found) > nearest and found == path[: len(found)]:
            nearest, offset = len(found), start
    return place(text, offset)


def place_of_fault(text: str) -> str:
    """Where a text that `strict_json` refuses goes wrong."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return place(text, error.pos)
    except (RecursionError, ValueError):
        return place(text, 0)
    seen: set[JsonPath] = set()
    for path, offset, token in _values(text):
        too_deep, twice = len(path) >= DEEPEST, path in seen
        if too_deep or twice or not (_is_strict(token) and _is_strict(json.dumps(path[-1:]))):
            return place(text, offset)
        seen.add(path)
    return place(text, 0)


def _is_strict(token: str) -> bool:
    if token in "[{":
        return True
    try:
        strict_json(token)
    except MalformedJson:
        return False
    return True


def _values(text: str) -> Iterator[tuple[JsonPath, int, str]]:
    """Every value of a JSON text in order: its path, its offset, its first token."""
    path: list[Any] = []
    is_key = False
    for found in _TOKEN.finditer(text):
        token = found[0]
        if token in "]}":
            path.pop()
            is_key = False
        elif token == ",":
            is_key = isinstance(path[-1], str | None)
            path[-1] = None if is_key else path[-1] + 1
        elif token == ":":
            is_key = False
        elif is_key:
            path[-1] = json.loads(token)
        else:
            yield tuple(path), found.start(), token
            if token in "[{":
                path.append(0 if token == "[" else None)
                is_key = token == "{"
