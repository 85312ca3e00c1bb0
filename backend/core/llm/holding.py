"""One process per run folder: two would ask everything twice."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from backend.core.errors import Conflict
from backend.core.paths import shown
from backend.core.storage.files import explained_errors

LOCK = ".asking.lock"


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the folder against a second process; the system lets go of it at any death."""
    path, holder = folder / LOCK, folder / f"{LOCK}.holder"
    lock = FileLock(path)
    with explained_errors(folder):
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise Conflict(f"Another process{_who(holder)} works on {shown(folder)}: wait for it.") from None
    try:
        with explained_errors(folder):
            holder.write_text(json.dumps({"pid": os.getpid(), "boot_id": _boot_id()}), encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        lock.release()


def _who(holder: Path) -> str:
    try:
        return f" ({json.loads(holder.read_text(encoding='utf-8'))['pid']})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except OSError:
        return ""
