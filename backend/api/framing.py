"""Where a request ends: whatever two readers could see differently is refused, or one request could hide another.

The HTTP library takes bare line feeds, folded lines and equal lengths given twice; a proxy in front may not.
"""

from __future__ import annotations

import re
from collections import Counter

_STRAY = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FOLDED = re.compile(rb"\n[ \t]")
_ONCE = (b"host", b"content-length", b"transfer-encoding")
_LENGTH = re.compile(rb"content-length:", re.IGNORECASE)
_DIGITS = re.compile(rb"[^:]+:[ \t]*[0-9]{1,19}[ \t]*")
_LINE = re.compile(rb"[A-Z]{1,32} [\x21-\x7e]+ HTTP/1\.[01]")


def fault_of(head: bytes) -> str | None:
    """What is wrong with the head of a request as far as it has come, up to the empty line; None = nothing yet."""
    end = head.find(b"\r\n\r\n")
    whole, head = end >= 0, head[: end + 2] if end >= 0 else head
    if _STRAY.search(head):
        return "A line ends without carriage return and line feed, or holds a control character."
    if _FOLDED.search(head):
        return "A header goes on in the next line."
    if not whole:
        return None
    first, *lines = head[:-2].split(b"\r\n")
    if not _LINE.fullmatch(first):
        return "The first line is not a request of HTTP/1.1."
    names = [line.partition(b":")[0] for line in lines]
    if any(not name or name != name.strip() for name in names):
        return "A header has no name, or a space beside it."
    count = Counter(name.lower() for name in names)
    if any(count[name] > 1 for name in _ONCE):
        return "Host, Content-Length and Transfer-Encoding may be given once."
    if any(_LENGTH.match(line) and not _DIGITS.fullmatch(line) for line in lines):
        return "Content-Length is not a number."
    if count[b"content-length"] and count[b"transfer-encoding"]:
        return "Content-Length and Transfer-Encoding contradict each other: give one."
    return None
