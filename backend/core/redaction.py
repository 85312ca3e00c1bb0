"""Secrets taken out of text that is written into a log, read from one, or told to somebody.

What is known is found exactly: the values of this machine's keys. What is not is found by its shape. Both are tried on
the text without its terminal codes, since a colour may stand inside a key. Taking out too much is a defect as well:
hashes, counts and paths stay.
"""

from __future__ import annotations

import json
import logging
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import get_args

from pydantic import SecretStr

from backend.core.environment.settings import Settings, env_file, environment

HIDDEN = "[redacted]"
SHORTEST = 8
"""Letters of a known key; shorter ones (`EMPTY`, `test`) stand for none, and are words of ordinary lines."""

# CSI (colours, cursor), OSC (titles, links), two-byte escapes, and the other control characters but \t \n \r.
CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\|$)|\x1b[ -/]*[0-Z\\^-~]"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
)

SECRET_NAMES = frozenset(
    name.upper() for name, field in Settings.model_fields.items() if SecretStr in get_args(field.annotation)
)
"""The settings that are secret."""
_NAMED_SECRET = re.compile(r".*(_KEY|_TOKEN|_SECRET|PASSWORD)", re.IGNORECASE)
"""Variables of the environment that hold one by their names: `--api_key_env` may name any."""

_WITH_DIGIT = r"(?=[A-Za-z_.~+/-]*[0-9])"
"""Words have none: `Bearer authentication`, `sk-learn-compatible-estimator`."""
SHAPES = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"hf_[A-Za-z0-9]{20,}"
    rf"|sk-{_WITH_DIGIT}[A-Za-z0-9_-]{{16,}}"
    r"|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|xox[abprs]-[A-Za-z0-9-]{16,}|AKIA[A-Z0-9]{16}"
    r"|eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"
    r"|session=[0-9]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"
    r")"
    rf"|(?<=Bearer ){_WITH_DIGIT}[A-Za-z0-9._~+/-]{{12,}}=*"
    r"|(?<=://)[^/\s:@]{1,100}:[^/\s@]{1,200}(?=@)"
)
"""Keys of hubs and services, JSON web tokens, our own sessions, a bearer's token, and a password in an address."""


def redacted(text: str) -> str:
    """The text without what is secret in it; its terminal codes are gone too where there were any."""
    if "\x1b" in text:
        text = CONTROL.sub("", text)
    for secret in _known():
        if secret in text:
            text = text.replace(secret, HIDDEN)
    return SHAPES.sub(HIDDEN, text)


class Redacting(logging.Formatter):
    """A formatter over another one's lines, tracebacks included.

    Args:
        inner: writes the line.
    """

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        """The line without what is secret in it."""
        return redacted(self._inner.format(record))


def redact_handlers(logger: logging.Logger | None = None) -> None:
    """Have every handler of a logger (the root) write without secrets; again is nothing."""
    for handler in (logger or logging.getLogger()).handlers:
        if not isinstance(handler.formatter, Redacting):
            handler.setFormatter(Redacting(handler.formatter or logging.Formatter()))


def _known() -> tuple[str, ...]:
    """The secrets of this machine, the longest first: one may be a part of another."""
    file = env_file()
    try:
        status = file.stat()
        stamp = (status.st_mtime_ns, status.st_size)
    except OSError:
        stamp = (0, 0)
    return _values(file, stamp, tuple(value for name, value in os.environ.items() if _is_secret(name)))


@lru_cache(maxsize=8)
def _values(file: Path, _stamp: tuple[int, int], _shell: tuple[str, ...]) -> tuple[str, ...]:
    """Read anew when the file or the environment has changed: a line of the log must not wait for a file."""
    found = {value for name, value in environment(file).items() if _is_secret(name) and _stands_for_one(name, value)}
    return tuple(sorted({way for value in found for way in _spellings(value)}, key=len, reverse=True))


def _spellings(value: str) -> set[str]:
    """As it is, and as Python and JSON write it within a text: with a quote or a backslash in it they differ."""
    return {value, repr(value)[1:-1], json.dumps(value)[1:-1]}


def _stands_for_one(name: str, value: str) -> bool:
    """A folder or an address is no secret, whatever its variable is called; but for those that are said to be one."""
    return len(value) >= SHORTEST and (name in SECRET_NAMES or not value.startswith(("/", "http")))


def _is_secret(name: str) -> bool:
    return name in SECRET_NAMES or _NAMED_SECRET.fullmatch(name) is not None
