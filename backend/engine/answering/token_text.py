"""Tokens as text while they arrive: whole characters only, nothing said that a stop string may take back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

UNFINISHED = "\ufffd"
"""How a tokenizer shows bytes that are no whole character yet."""


class TokenText:
    """The text of a growing list of tokens.

    Args:
        tokenizer: a Hugging Face tokenizer.
        stop_strings: the text ends before any of these.
        trim: leave out white space at both ends, as training data has it.
    """

    def __init__(self, tokenizer: Any, stop_strings: Sequence[str] = (), *, trim: bool = True) -> None:
        self._tokenizer = tokenizer
        self._stop_strings = list(stop_strings)
        self._trim = trim
        self._tokens: list[int] = []
        self._settled = 0  # tokens before this one are in the text already
        self._context = 0  # decoding begins here: what a token reads as can depend on the one before
        self._text = ""
        self._said = 0
        self.stopped = False

    @property
    def text(self) -> str:
        """All that is certain so far."""
        return self._text[: self._said]

    def add(self, token: int) -> str:
        """What this token makes certain; may be empty. `stopped` is set when a stop string is complete."""
        self._tokens.append(token)
        known = self._decode(self._tokens[self._context : self._settled])
        reading = self._decode(self._tokens[self._context :])
        if len(reading) <= len(known) or reading.endswith(UNFINISHED):
            return ""
        self._extend(reading[len(known) :])
        self._context, self._settled = self._settled, len(self._tokens)
        return self._say(self._certain())

    def end(self) -> str:
        """What was held back, now that no token follows."""
        if not self.stopped:
            known = self._decode(self._tokens[self._context : self._settled])
            self._extend(self._decode(self._tokens[self._context :])[len(known) :])
        return self._say(len(self._text.rstrip() if self._trim else self._text))

    def _decode(self, tokens: list[int]) -> str:
        return str(self._tokenizer.decode(tokens, skip_special_tokens=True))

    def _extend(self, piece: str) -> None:
        searched = max(0, len(self._text) - max(map(len, self._stop_strings), default=0))
        self._text += piece
        if self._trim and not self._said:
            self._text = self._text.lstrip()
            searched = 0
        found = [at for stop in self._stop_strings if (at := self._text.find(stop, searched)) >= 0]
        if found:
            self._text = self._text[: max(self._said, min(found))]
            self.stopped = True

    def _certain(self) -> int:
        """How much of the text no later token can take back."""
        end = len(self._text)
        if not self.stopped:
            end -= max((_overlap(self._text, stop) for stop in self._stop_strings), default=0)
        return len(self._text[:end].rstrip()) if self._trim else end

    def _say(self, end: int) -> str:
        said = self._text[self._said : end]
        self._said = max(self._said, end)
        return said


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of the text that is a beginning of the stop string."""
    return next((size for size in range(min(len(stop) - 1, len(text)), 0, -1) if text.endswith(stop[:size])), 0)
