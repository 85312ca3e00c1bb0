"""Which state of a file somebody has seen: a change is refused when the file is another one by then."""

from __future__ import annotations

from pathlib import Path

from backend.core.errors import Conflict


class ChangedMeanwhile(Conflict):
    """The file is not the one that was seen."""


def version_of(path: Path) -> str:
    """Differs once the file is another one. Raises FileNotFoundError."""
    status = path.stat()
    return f"{status.st_mtime_ns:x}-{status.st_size:x}-{status.st_ino:x}"


def require_version(path: Path, seen: str) -> None:
    """Raises ChangedMeanwhile."""
    if version_of(path) != seen:
        raise ChangedMeanwhile(
            f"{path.name} was changed since you saw it, by a run, another tab or another program: nothing was done. "
            "Load it again, then repeat the change."
        )
