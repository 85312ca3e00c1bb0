"""Disks that fail at the n-th call: a plan for one process, which notes every call as it goes."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

DIE = "die"
ERRORS = ("ENOSPC", "EIO", "EROFS", "EDQUOT")
FAULTS = (*ERRORS, DIE)
DIED = 99

_BY_PATH = ("open", "replace", "rename", "unlink", "mkdir", "rmdir", "link")
_BY_HANDLE = ("write", "fsync", "fchmod", "ftruncate")


class FaultPlan:
    """Every call below `root` that may change the disk is counted; the one with the number `at` goes wrong.

    Args:
        root: calls elsewhere are none of ours.
        at: 0 = none goes wrong.
        fault: the error's name, or `die`.
    """

    def __init__(self, root: Path, at: int = 0, fault: str = DIE) -> None:
        self._root, self._at, self._fault = f"{root}{os.sep}", at, fault
        self._paths: dict[int, str] = {}
        self.calls: list[tuple[str, ...]] = []

    def install(self) -> None:
        """From now on, for as long as the process lives."""
        for name in _BY_PATH:
            setattr(os, name, self._watched_path(name, getattr(os, name)))
        for name in _BY_HANDLE:
            setattr(os, name, self._watched_handle(name, getattr(os, name)))

    def save(self, path: Path) -> None:
        """Write down what was called."""
        path.write_text(json.dumps(self.calls))

    def _watched_path(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any, *args: Any, **options: Any) -> Any:
            known = f"{os.fspath(path)}{os.sep}".startswith(self._root)
            if known:
                others = [os.fspath(arg) for arg in args if isinstance(arg, (str, os.PathLike))]
                self._count(name, os.fspath(path), *others)
            result = real(path, *args, **options)
            if known and name == "open":
                self._paths[result] = os.fspath(path)
            return result

        return call

    def _watched_handle(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(handle: int, *args: Any) -> Any:
            path = self._paths.get(handle) or os.readlink(f"/proc/self/fd/{handle}")  # Python's own files
            if f"{path}{os.sep}".startswith(self._root):
                self._count(name, path)
            return real(handle, *args)

        return call

    def _count(self, *call: str) -> None:
        self.calls.append(call)
        if len(self.calls) == self._at:
            if self._fault == DIE:
                os._exit(DIED)
            number = getattr(errno, self._fault)
            raise OSError(number, os.strerror(number), call[1])
