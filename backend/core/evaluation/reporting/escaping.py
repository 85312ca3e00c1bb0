"""Texts of strangers inside our files: what a model wrote stays a text in HTML, JSON, Markdown and spreadsheets."""

from __future__ import annotations

import html
import json
import re
from typing import Any

_FORMULA = re.compile(r"(^|[\r\n\t;])(?=[\s\"'\u200b\u2060\ufeff]*[=+\-@＝＋－＠])")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]#|~!$])")
_AUTOLINK = re.compile(r"(?i)(?<=[a-z0-9])(?:://|@)|(?<=\bwww)\.")


def for_script(value: Any) -> str:
    """JSON that can stand inside `<script type="application/json">`: nothing in it ends the element."""
    text = json.dumps(_printable(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _printable(value: Any) -> Any:
    if isinstance(value, dict):
        return {printable(name): _printable(inside) for name, inside in value.items()}
    if isinstance(value, list):
        return [_printable(inside) for inside in value]
    return printable(value) if isinstance(value, str) else value


def printable(text: str) -> str:
    """The text without control characters and halves of surrogate pairs, which files and pages cannot hold."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def inert_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe stands before what would begin one.

    Also behind line ends, tabs and semicolons: where the semicolon separates columns, as in most of Europe, the quotes
    around our cells do not hold, and those begin cells of their own.
    """
    return _FORMULA.sub(r"\1'", printable(text))


def markdown(text: str) -> str:
    """The text as one line of Markdown that means nothing but itself: no markup, no picture, no link."""
    escaped = _MARKDOWN.sub(r"\\\1", html.escape(" ".join(printable(text).split()), quote=False))
    # A zero-width non-joiner keeps addresses from becoming links by themselves.
    return _AUTOLINK.sub("\N{ZERO WIDTH NON-JOINER}\\g<0>", escaped)


def fenced(text: str) -> str:
    """The text as a Markdown block of code, with a fence that is longer than any inside."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}text\n{printable(text)}\n{fence}"
