"""What a dataset was before a change: kept beside it for a while, so that the change can be taken back."""

from __future__ import annotations

import os
import re
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from threading import Lock

from backend.core.data.appending import writing
from backend.core.data.versions import version_of
from backend.core.errors import Conflict, NotFound
from backend.core.storage.files import explained_errors, sync_folder

KEPT_SECONDS = 600.0
MOST_KEPT = 20
PREFIX = ".tmp_undo_"
"""As temporary files are called, so that the service sweeps up what it left when it died."""


@dataclass(frozen=True)
class Kept:
    """An earlier state of a dataset.

    Args:
        path: the dataset.
        copy: where its earlier content lies.
        version: of the dataset after the change; None = it was deleted.
        at: when, on the clock that never goes back.
    """

    path: Path
    copy: Path
    version: str | None
    at: float


class SetAside:
    """The last changes of a service's datasets, for ten minutes; a restart forgets them."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        self._lock = Lock()

    def copy_of(self, path: Path) -> Path:
        """A second name for the file as it stands, which stays when another takes its place. Raises OSError."""
        copy = _beside(path)
        try:
            os.link(path, copy)
        except OSError:  # a file system without links
            shutil.copy2(path, copy)
        return copy

    def take(self, path: Path) -> Path:
        """Take the file itself out of sight. Raises OSError."""
        copy = _beside(path)
        os.replace(path, copy)
        return copy

    def note(self, path: Path, copy: Path) -> str:
        """Remember what has just been changed; returns the token that takes it back."""
        version = version_of(path) if path.exists() else None
        token = token_hex(16)
        with self._lock:
            self._kept[token] = Kept(path, copy, version, time.monotonic())
        self.sweep()
        return token

    def restore(self, token: str) -> Path:
        """Put the earlier content back under the dataset's name.

        Raises:
            NotFound: the change is too long ago.
            Conflict: the dataset was changed again, or its name is taken.
        """
        self.sweep()
        with self._lock:
            kept = self._kept.get(token)
        if kept is None or not kept.copy.exists():
            raise NotFound(
                "That change can no longer be taken back: ten minutes have gone by, or the service restarted."
            )
        with writing(kept.path), explained_errors(kept.path):
            now = version_of(kept.path) if kept.path.exists() else None
            if now != kept.version:
                raise Conflict(f"{kept.path.name} was changed again since: the change before cannot be taken back.")
            os.replace(kept.copy, kept.path)
            sync_folder(kept.path.parent)
        with self._lock:
            self._kept.pop(token, None)
        return kept.path

    def sweep(self) -> None:
        """Let go of what was kept long enough, and of the oldest beyond the limit."""
        with self._lock:
            long_ago = time.monotonic() - KEPT_SECONDS
            old = [token for token, kept in self._kept.items() if kept.at < long_ago]
            old += list(self._kept)[: max(0, len(self._kept) - MOST_KEPT)]
            for token in dict.fromkeys(old):
                with suppress(OSError):
                    self._kept.pop(token).copy.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", path.name)[:100]
    return path.parent / f"{PREFIX}{token_hex(4)}_{plain}"
