"""The `.env` file: read as python-dotenv reads it, and changed so that every other reader sees the same.

What is written parses alike in python-dotenv (without interpolation), in readers that take line after line (systemd,
Docker Compose) and in `sh -c '. .env'`. A value for which no such spelling exists is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from io import StringIO
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from backend.core.errors import InvalidInput
from backend.core.storage.locked_file import FileUnreadable, LockedFile

LARGEST_BYTES = 2**20
LONGEST_VALUE = 4096
"""Bytes of a value; the longest of ours, a system prompt, takes hundreds."""
OWNER_ONLY = 0o600
"""It holds keys."""

_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
_BARE = re.compile(r"[A-Za-z0-9_./:@%+,=-]*")
"""What needs no quotes anywhere; `~` would be somebody's home to a shell."""
_HEAD = re.compile(r"(\s*)(export[^\S\r\n]+)?")
_QUOTED = re.compile(r"""[^\S\r\n]*(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")""", re.DOTALL)
_NOTE = re.compile(r"[^\S\r\n](#[^\r\n]*)")
_LINE_END = re.compile(r"(?:\r\n|\n|\r)?\Z")


class EnvFileUnreadable(FileUnreadable):
    """The `.env` file cannot be understood; it is left as it is."""


class EnvFile:
    """The variables in a `.env` file.

    Args:
        path: the file; missing = no variables.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = LockedFile(path, largest=LARGEST_BYTES, mode=OWNER_ONLY, unreadable=EnvFileUnreadable)

    def values(self) -> dict[str, str]:
        """Every variable with its text; lines that are no `NAME=value` count for nothing. Raises EnvFileUnreadable."""
        if not self.path.is_file():  # a virtual environment may have the name, a pipe would keep us waiting
            return {}
        return _values(_bindings(self._file.read() or ""))

    def change(self, changes: Mapping[str, str | None], check: Callable[[dict[str, str]], None]) -> None:
        """Set variables, all or none; other lines, comments and the order stay.

        Args:
            changes: names with their new text; None empties the variable.
            check: is shown all variables as they would be, and raises when they must not become so.

        Raises:
            InvalidInput: a name or text that cannot be written; nothing was.
            EnvFileUnreadable: the file has a line that cannot be understood; it is left as it is.
            Conflict, DiskFull, NotWritable: see `LockedFile.change`.
        """
        lines = {name: f"{_checked(name)}={quoted(text or '')}" for name, text in changes.items()}

        def edit(text: str | None) -> str:
            bindings = _bindings(text or "")
            for binding in bindings:
                if binding.error:
                    raise self._file.damaged(f"line {binding.original.line}: this is no NAME=value")
            wanted = _values(bindings)
            wanted |= {name: given or "" for name, given in changes.items() if given or name in wanted}
            check(wanted)
            new = _edited(bindings, {name: line for name, line in lines.items() if name in wanted})
            if _values(_bindings(new)) != wanted:  # the last word belongs to the reader
                raise InvalidInput("The file cannot be changed so that it reads as asked: edit it by hand.")
            return new

        self._file.change(edit)


def quoted(text: str) -> str:
    """The text as it stands behind `NAME=`, the same to all readers. Raises InvalidInput when there is no such way."""
    if not text.isprintable():
        raise InvalidInput("must be one line of printable characters.")
    if len(text.encode()) > LONGEST_VALUE:
        raise InvalidInput(f"is longer than {LONGEST_VALUE:,} bytes.")
    if _BARE.fullmatch(text):
        return text
    if "\\\\" in text or text.endswith("\\"):
        raise InvalidInput("holds two backslashes in a row or ends in one, which programs read differently: use /.")
    if "'" not in text:
        return f"'{text}'"
    if re.search(r'["$`\\]', text):
        raise InvalidInput("holds ' together with \", $, ` or \\, which programs read differently: leave one out.")
    return f'"{text}"'


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise InvalidInput("A variable's name holds capital letters, digits and underscores only.")
    return name


def _bindings(text: str) -> list[Binding]:
    return list(parse_stream(StringIO(text)))


def _values(bindings: list[Binding]) -> dict[str, str]:
    """Of a name given twice the last one counts, as it does for a shell."""
    return {found.key: found.value for found in bindings if found.key is not None and found.value is not None}


def _edited(bindings: list[Binding], lines: Mapping[str, str]) -> str:
    """The file's text with these lines: in place of the last one of their name, else at the end."""
    last = {binding.key: position for position, binding in enumerate(bindings)}
    pieces = [
        _replaced(binding.original.string, lines[binding.key])
        if binding.key is not None and binding.key in lines and last[binding.key] == position
        else binding.original.string
        for position, binding in enumerate(bindings)
    ]
    text = "".join(pieces)
    newline = "\r\n" if "\r\n" in text else "\n"
    added = [line for name, line in lines.items() if name not in last]
    if added and text and not text.endswith(("\n", "\r")):
        text += newline
    return text + "".join(line + newline for line in added)


def _replaced(original: str, line: str) -> str:
    """The line in place of the original; a comment behind the value goes above it, where all readers see one."""
    head = _HEAD.match(original)
    assert head
    value = original[head.end() :].partition("=")[2]
    closed = _QUOTED.match(value)
    note = _NOTE.search(" " + value[closed.end() :] if closed else value)
    end = _LINE_END.search(original)
    assert end
    above = f"{note[1]}{end[0] or chr(10)}" if note else ""
    return f"{head[1]}{above}{head[2] or ''}{line}{end[0]}"
