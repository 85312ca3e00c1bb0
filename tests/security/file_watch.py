"""Sees every file that this process opens, lists or changes outside the folders it may."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHANGES: dict[str, tuple[tuple[int, int | None], ...]] = {
    "os.remove": ((0, 1),), "os.rmdir": ((0, 1),), "os.mkdir": ((0, 2),), "os.truncate": ((0, None),),
    "os.chmod": ((0, 2),), "os.chown": ((0, 3),), "os.utime": ((0, 3),), "os.rename": ((0, 2), (1, 3)),
    "os.link": ((0, 2), (1, 3)), "os.symlink": ((1, 2),), "sqlite3.connect": ((0, None),),
}  # fmt: skip
"""Where a path stands among the arguments of an event, and the folder's number that it is relative to."""
LISTS = ("os.listdir", "os.scandir")
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
HARMLESS = ("/dev/null", "/oom_score_adj", "/autogroup")
"""Endings of what is written by every start of a process."""


class FileWatch:
    """Looks while it is told to: a hook for events of Python cannot be taken out again.

    Args:
        own: folders in which everything may be done.
        read: folders from which may be read.
    """

    def __init__(self, own: Iterable[Path], read: Iterable[Path]) -> None:
        self._own = _beginnings(own)
        self._read = _beginnings(read)
        self._is_looking = False
        self.seen: list[str] = []
        """Event and path of each trespass"""
        self.events = 0
        sys.addaudithook(self._on_event)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Look meanwhile."""
        self._is_looking = True
        try:
            yield
        finally:
            self._is_looking = False

    def _on_event(self, event: str, args: tuple[Any, ...]) -> None:
        if not self._is_looking:
            return
        if event == "open" and not isinstance(args[0], int):
            writes = bool((args[2] or 0) & WRITES)
            self._judge(event, args[0], -1, self._own if writes else self._read)
        elif event in CHANGES:
            for place, base in CHANGES[event]:
                self._judge(event, args[place], -1 if base is None else args[base], self._own)
        elif event in LISTS:
            self._judge(event, args[0] or ".", -1, self._read)

    def _judge(self, event: str, path: Any, base: int, allowed: tuple[str, ...]) -> None:
        if isinstance(path, int):  # opened before, and judged then
            return
        self.events += 1
        folder = os.readlink(f"/proc/self/fd/{base}") if base >= 0 else os.getcwd()
        real = os.path.realpath(os.path.join(folder, os.fsdecode(path)))
        if not real.endswith(HARMLESS) and not f"{real}/".startswith(allowed):
            self.seen.append(f"{event} {real}")


def _beginnings(folders: Iterable[Path]) -> tuple[str, ...]:
    return tuple(f"{os.path.realpath(folder).rstrip('/')}/" for folder in folders)
