"""A place that one program at a time works on: held by a lock file beside it, which is gone when it is let go of."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from backend.core.errors import Conflict
from backend.core.storage.files import explained_errors


class Hold:
    """A hold on a file or folder, which the system lets go of when its holder dies.

    Args:
        path: need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(path.with_name(f".{path.name}.lock"))

    def take(self, conflict: str) -> None:
        """Take it, or say at once that another has it.

        Args:
            conflict: what a person is told then.

        Raises:
            Conflict: another program holds it.
            DiskFull, NotWritable: see `explained`.
        """
        with explained_errors(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                raise Conflict(conflict) from None

    def release(self) -> None:
        """Let go of it."""
        # Removed while it is held: once released it may be another's, and a third would make its own.
        with suppress(PermissionError):  # Windows removes it on release
            Path(self._lock.lock_file).unlink(missing_ok=True)
        self._lock.release()
