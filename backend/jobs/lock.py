"""One service per state folder: two would run every job twice."""

from __future__ import annotations

import json
import os
from pathlib import Path

from filelock import FileLock, Timeout

from backend.core.errors import Conflict
from backend.core.paths import shown
from backend.core.storage.files import write_json


class ServiceLock:
    """Held for as long as the service lives; the system lets go of it at any death.

    Args:
        state_dir: the folder of the service's state.
    """

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self._lock = FileLock(state_dir / "service.lock")
        self._holder = state_dir / "service.json"

    def acquire(self, port: int) -> None:
        """Take the lock.

        Raises:
            Conflict: another service has it; the message names its process and port.
        """
        self._state_dir.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise Conflict(
                f"Another service works on {shown(self._state_dir)}{self._who()}: "
                "use that one, stop it, or set another STATE_DIR."
            ) from None
        write_json(self._holder, {"pid": os.getpid(), "port": port})

    def release(self) -> None:
        """Let go."""
        if self._lock.is_locked:
            self._holder.unlink(missing_ok=True)
            self._lock.release()

    def _who(self) -> str:
        try:
            holder = json.loads(self._holder.read_text(encoding="utf-8"))
            return f" (process {holder['pid']}, port {holder['port']})"
        except (OSError, ValueError, KeyError, TypeError):
            return ""
