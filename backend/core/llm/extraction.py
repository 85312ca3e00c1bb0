"""The JSON objects in a text that a model wrote: read as they stand, never completed, never guessed.

Tolerated: reasoning blocks, fences and prose around the object, trailing commas, comments, single quotes. Not
tolerated: an object that was cut off, or anything inside one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

LONGEST = 200_000
"""Characters looked at; no answer that fits a model's limit is longer."""

STRAY_BRACES = 20
"""Braces without an object behind them before the search ends: each one costs a walk through the rest."""

_REASONING = re.compile(r"<(think|thinking|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)
# On a line of its own: an answer may well speak of the tag.
_UNOPENED_REASONING = re.compile(r".*?\n</(think|thinking|reasoning)>[ \t]*(\n|$)", re.DOTALL | re.IGNORECASE)
_BEGINS_LIKE_JSON = re.compile(r"\{\s*(\"|'|\}|//|/\*)")
_PLAIN = re.compile(r"""[^"'{}\[\],:/]+""")
_STRINGS = {quote: re.compile(rf"{quote}(?:[^{quote}\\]|\\.)*{quote}", re.DOTALL) for quote in "\"'"}
_COMMENT = re.compile(r"//[^\n]*|/\*.{0,1000}?\*/", re.DOTALL)
_BEFORE_A_VALUE = frozenset("{[,:")
_BETWEEN_VALUES = frozenset("{[,:}]\"'0123456789el")


def without_reasoning(text: str) -> str:
    """The text behind what the model told itself first; some servers leave the opening tag out."""
    text = text.strip()
    if text.startswith(("{", "```")) or "</" not in text:
        return text
    found = _REASONING.match(text) or _UNOPENED_REASONING.match(text)
    return text[found.end() :].strip() if found else text


def objects_in(text: str) -> list[tuple[dict[str, Any], str]]:
    """Every outermost JSON object, in the order of the text, each with the characters it was read from."""
    found = []
    for piece in _pieces(without_reasoning(text)[:LONGEST]):
        value = parsed(piece)
        if value is not None:
            found.append((value, piece))
    return found


def parsed(text: str) -> dict[str, Any] | None:
    """The object in a text that is nothing else; None if it is none, or holds a number that JSON lacks."""
    for form in (str, _tidied):
        try:
            # Raw line breaks inside strings are let through: they are content, and unambiguous.
            value = json.loads(form(text), strict=False, parse_constant=_refuse)
        except (ValueError, RecursionError):
            continue
        return value if isinstance(value, dict) else None
    return None


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _pieces(text: str) -> Iterator[str]:
    """The balanced `{...}` of the text, outermost only."""
    position, stray = 0, 0
    while stray < STRAY_BRACES:
        start = text.find("{", position)
        if start < 0:
            return
        end = _end_of(text, start)
        if end is not None:
            yield text[start:end]
            position = end
        elif _BEGINS_LIKE_JSON.match(text, start):
            return  # an object that was cut off: what stands inside it is no answer
        else:
            position, stray = start + 1, stray + 1


def _end_of(text: str, start: int) -> int | None:
    """The place behind the brace that closes the one at `start`; None = nothing does."""
    depth = 0
    for kind, begin, end in _walk(text, start):
        if kind == "other":
            depth += {"{": 1, "}": -1}.get(text[begin], 0)
            if depth == 0:
                return end
    return None


def _walk(text: str, start: int) -> Iterator[tuple[str, int, int]]:
    """The text's strings, comments and what is between as (kind, begin, end); ends where a string never does."""
    position, before = start, ""
    while position < len(text):
        letter, begin, kind = text[position], position, "other"
        if letter == '"' or (letter == "'" and before in _BEFORE_A_VALUE):
            found = _STRINGS[letter].match(text, position)
            if found is None:
                return
            kind, position = "string", found.end()
        elif letter == "/" and (comment := _COMMENT.match(text, position)) and before in _BETWEEN_VALUES:
            kind, position = "comment", comment.end()
        else:
            run = _PLAIN.match(text, position)
            position = run.end() if run else position + 1
        yield kind, begin, position
        if kind != "comment":
            before = text[begin:position].rstrip()[-1:] or before


def _tidied(text: str) -> str:
    """The same object without comments and trailing commas, its strings in double quotes."""
    parts: list[str] = []
    for kind, begin, end in _walk(text, 0):
        piece = text[begin:end]
        if kind == "string" and piece[0] == "'":
            inner = piece[1:-1].replace("\\'", "'")
            piece = '"' + re.sub(r'(?<!\\)"', lambda _: '\\"', inner) + '"'
        if kind == "comment":
            continue
        if piece in ("}", "]"):
            while parts and (parts[-1].isspace() or parts[-1] == ","):
                comma = parts.pop() == ","
                if comma:
                    break
        parts.append(piece)
    return "".join(parts)
