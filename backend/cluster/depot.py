"""Where home and node leave things for each other: files by name, below one folder that outlives the node's death.

Between them lies either a folder that both see (RAY_SHARED_DIR), or an actor on the head that has such a folder
(`backend.cluster.depot_actor`). It is the only way anything travels: every call may be repeated after a connection
broke, and means the same.

The class is sent to the head as it stands, where nothing of this project need be installed: it imports no other
module of it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path

PIECE_BYTES = 4 << 20
"""Most bytes in one call: many pieces of this size are as quick as fewer larger ones, and need less memory."""

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}){0,5}")

Stamp = tuple[int, int]


class Damaged(Exception):
    """What arrived is not what was sent."""


class Depot:
    """Files below a folder that its owner alone can open.

    Names are relative paths of letters, digits, dot, dash and underscore. Raises ValueError for any other.

    Args:
        root: the folder, made if it is missing.
    """

    def __init__(self, root: str) -> None:
        self._root = Path(root)
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def stamps(self, prefix: str) -> dict[str, Stamp]:
        """The size and the time of change of every file below a prefix, by the rest of its name."""
        folder = self._path(prefix)
        found = {}
        for place, _, names in os.walk(folder):
            for name in names:
                path = Path(place, name)
                try:
                    status = path.stat()
                except FileNotFoundError:  # replaced or removed as we look
                    continue
                found[path.relative_to(folder).as_posix()] = (status.st_size, status.st_mtime_ns)
        return found

    def write(self, name: str, data: bytes) -> None:
        """Put a file there, whole, in place of an older one."""
        path = self._made(name)
        partial = path.with_name(f"{path.name}.partial")
        partial.write_bytes(data)
        os.replace(partial, path)

    def append(self, name: str, offset: int, data: bytes) -> None:
        """Write at a place of a growing file, which then ends behind it."""
        path = self._made(name)
        with path.open("r+b" if path.exists() else "w+b") as stream:
            stream.seek(offset)
            stream.write(data)
            stream.truncate()

    def seal(self, partial: str, name: str, sha256: str) -> None:
        """Give a file that came in pieces its name. Raises Damaged when its content has another hash."""
        source, target = self._path(partial), self._path(name)
        if not source.exists() and target.exists() and self.digest(name) == sha256:
            return  # asked again
        if self.digest(partial) != sha256:
            source.unlink()
            raise Damaged(f"{name} did not arrive whole.")
        os.replace(source, target)

    def read(self, name: str, offset: int, limit: int = PIECE_BYTES) -> bytes:
        """A piece of a file; fewer bytes than asked at its end. Raises FileNotFoundError."""
        with self._path(name).open("rb") as stream:
            stream.seek(offset)
            return stream.read(limit)

    def digest(self, name: str) -> str:
        """The SHA-256 of a file in hexadecimal. Raises FileNotFoundError."""
        digest = hashlib.sha256()
        with self._path(name).open("rb") as stream:
            while piece := stream.read(PIECE_BYTES):
                digest.update(piece)
        return digest.hexdigest()

    def drop(self, name: str) -> None:
        """Remove a file or everything below a prefix; nothing there is no error."""
        path = self._path(name)
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of the depot's")
        return self._root / name

    def _made(self, name: str) -> Path:
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path
