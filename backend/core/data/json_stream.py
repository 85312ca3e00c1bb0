"""JSON read value by value: a file of gigabytes takes no more memory than its largest record."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, TextIO

PIECE = 1 << 20
"""Characters read at a time."""
DOUBT = 16
"""Characters from the end of what has been read within which a number or a word may be a beginning only; the longest
word is `-Infinity`."""

_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


class BadJson(ValueError):
    """Text that is no JSON.

    Args:
        message: what is wrong, in the words of `json`.
        line, column: where, counted from 1 at the beginning of the text.
        is_cut: whether nothing follows, so that the end may be missing.
    """

    def __init__(self, message: str, line: int, column: int, *, is_cut: bool) -> None:
        super().__init__(message)
        self.message, self.line, self.column, self.is_cut = message, line, column, is_cut


class Unclosed(Exception):
    """A value goes on for longer than one wanted to read."""


class JsonStream:
    """A JSON text of which only the part in hand is in memory.

    Args:
        stream: the text, its line ends as they are (`newline=""`).
        piece: characters read at a time.
    """

    def __init__(self, stream: TextIO, piece: int = PIECE) -> None:
        self._stream = stream
        self._piece = piece
        self._text = ""
        self._at = 0
        self._is_whole = False  # nothing is left to read
        self._lines_before = 0
        self._columns_before = 0  # of the line that the text in hand begins in

    def peek(self) -> str:
        """The next character that is not blank, which stays; nothing at the end."""
        while True:
            found = _BLANK.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, *wanted: str) -> str:
        """One of these characters, blanks before it skipped. Raises BadJson, told as `json` tells it."""
        if (found := self.peek()) not in wanted or not found:
            name = ":" if wanted == (":",) else ","
            raise self.error(f"Expecting '{name}' delimiter", self._at)
        self._at += 1
        return found

    def value(self, at_most: int | None = None) -> Any:
        """The next value.

        Args:
            at_most: characters of text to look at.

        Raises:
            BadJson: there is none.
            Unclosed: it does not end within `at_most`.
            RecursionError, ValueError: it is nested too deeply, or holds an integer of more than 4,300 digits.
        """
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._may_go_on(error):
                    self._read_on(at_most)
                    continue
                raise self.error(error.msg, error.pos) from None
            is_number = type(value) in (int, float)
            if is_number and not self._is_whole and end + DOUBT > len(self._text):
                self._read_on(at_most)
                continue
            self._at = end
            return value

    def items(self) -> Iterator[Any]:
        """The items of the list that begins here. Raises as `value`."""
        self._at += 1
        if self.peek() == "]":
            self._at += 1
            return
        while True:
            yield self.value()
            if self.take(",", "]") == "]":
                return

    @property
    def line(self) -> int:
        """Where the reading stands, from 1."""
        return self._lines_before + self._text.count("\n", 0, self._at) + 1

    def error(self, message: str, position: int | None = None) -> BadJson:
        """What is wrong at a position of the text in hand; None = where the reading stands."""
        position = self._at if position is None else position
        while not self._text[position + 1 :].strip() and self._keep_and_read():
            pass
        line = self._lines_before + self._text.count("\n", 0, position) + 1
        start = self._text.rfind("\n", 0, position)
        column = position - start if start >= 0 else self._columns_before + position + 1
        is_cut = not self._text[position + 1 :].strip() or message.startswith("Unterminated")
        return BadJson(message, line, column, is_cut=is_cut)

    def _may_go_on(self, error: json.JSONDecodeError) -> bool:
        """Whether what looks wrong may only be cut off by the end of what has been read."""
        if self._is_whole:
            return False
        near_the_end = len(self._text) - error.pos <= DOUBT or not self._text[error.pos + 1 :].strip()
        return near_the_end or error.msg.startswith("Unterminated")

    def _read_on(self, at_most: int | None) -> None:
        if at_most is not None and len(self._text) - self._at >= at_most:
            raise Unclosed
        self._more()

    def _more(self) -> bool:
        """Let go of what has been taken, and read on; a long value's text doubles, so it is not read over and over."""
        done = self._text[: self._at]
        if newlines := done.count("\n"):
            self._lines_before += newlines
            self._columns_before = len(done) - done.rfind("\n") - 1
        else:
            self._columns_before += len(done)
        self._text, self._at = self._text[self._at :], 0
        return self._keep_and_read()

    def _keep_and_read(self) -> bool:
        piece = self._stream.read(max(self._piece, len(self._text)))
        self._text += piece
        self._is_whole = not piece
        return bool(piece)
