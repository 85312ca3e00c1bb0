"""The service's own log: every record begins a line with its time, and nothing that a client sent can begin another.

What goes on does so behind a bar, control characters are written out, and no line is longer than 2 KiB:

2026-11-23 21:50:00,123 ERROR backend.api.errors: request 4f0c...
  | Traceback (most recent call last):
"""

from __future__ import annotations

import logging
import re

from backend.core.redaction import redacted

GOES_ON = "\n  | "
LONGEST_LINE = 2048
MOST_LINES = 200
"""Of a record; of a longer traceback the end, which says what is wrong, is kept with the beginning."""

_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029"  # what ends a line for some reader, or moves the cursor
    "\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the direction of reading
    "\ud800-\udfff]"
)


class LogLines(logging.Formatter):
    """A record as lines that can be told apart again."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The lines, without what is secret: it is taken out first, as a key may go on in the next line."""
        lines = redacted(super().format(record)).split("\n")
        if len(lines) > MOST_LINES:
            half = MOST_LINES // 2
            lines = [*lines[:half], f"({len(lines) - 2 * half} lines left out)", *lines[-half:]]
        return GOES_ON.join(_plain(line) for line in lines)


def _plain(line: str) -> str:
    kept = _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", line[:LONGEST_LINE])
    return kept[:LONGEST_LINE] + ("…" if len(kept) > LONGEST_LINE or len(line) > LONGEST_LINE else "")


def use_log_lines() -> None:
    """Have everything logged in this process written so."""
    for handler in logging.getLogger().handlers:
        handler.setFormatter(LogLines())
