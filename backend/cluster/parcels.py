"""Folders and files as one sealed archive: packed, sent in pieces, fetched, unpacked.

Not compressed: weights cannot be. What comes from elsewhere is unpacked by tarfile's `data` rules: no absolute path,
no way out of the folder, no device, no link.
"""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from backend.cluster.depot import PIECE_BYTES, Damaged, Stamp
from backend.core.errors import PipelineError
from backend.core.storage.files import sha256_of

Item = tuple[Path, str]
"""A file or folder, and its path in the archive."""


class AnyDepot(Protocol):
    """What both depots can do (`backend.cluster.depot`, `backend.cluster.depot_actor`)."""

    def stamps(self, prefix: str) -> dict[str, Stamp]:
        """Sizes and times of the files below a prefix."""

    def write(self, name: str, data: bytes) -> None:
        """Put a file there, whole."""

    def append(self, name: str, offset: int, data: bytes) -> None:
        """Write at a place of a growing file."""

    def seal(self, partial: str, name: str, sha256: str) -> None:
        """Give a file that came in pieces its name."""

    def read(self, name: str, offset: int, limit: int = PIECE_BYTES) -> bytes:
        """A piece of a file."""

    def digest(self, name: str) -> str:
        """The SHA-256 of a file."""

    def drop(self, name: str) -> None:
        """Remove a file or all below a prefix."""


def send(depot: AnyDepot, name: str, items: Iterable[Item]) -> None:
    """Put an archive of these into the depot; it has its name once all of it is there.

    Raises:
        FileNotFoundError: one of them went away meanwhile.
        PipelineError: it did not arrive whole.
    """
    with tempfile.TemporaryDirectory(prefix="pipeline-parcel-") as folder:
        path = Path(folder, "parcel.tar")
        with tarfile.open(path, "w", dereference=True) as archive:
            for source, inside in items:
                archive.add(source, inside, filter=_plain)
        partial = f"{name}.pieces"
        with path.open("rb") as stream:
            offset = 0
            while piece := stream.read(PIECE_BYTES):
                depot.append(partial, offset, piece)
                offset += len(piece)
        try:
            depot.seal(partial, name, sha256_of(path))
        except Damaged as error:
            raise PipelineError(f"{error} Look after the network and the disk of the cluster's head.") from None


def fetch(depot: AnyDepot, name: str, into: Path) -> None:
    """Unpack an archive of the depot into a folder. Raises FileNotFoundError, PipelineError (not whole)."""
    with tempfile.TemporaryDirectory(prefix="pipeline-parcel-") as folder:
        path = Path(folder, "parcel.tar")
        with path.open("wb") as stream:
            while piece := depot.read(name, stream.tell(), PIECE_BYTES):
                stream.write(piece)
        if depot.digest(name) != sha256_of(path):
            raise PipelineError(f"{name} did not come from the cluster whole: try again.")
        into.mkdir(parents=True, exist_ok=True)
        try:
            with tarfile.open(path) as archive:
                archive.extractall(into, filter="data")
        except tarfile.TarError as error:
            raise PipelineError(f"{name} holds what is not unpacked here: {error}.") from None


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Files and folders; of a link, what it leads to (a model in the hub's cache is all links)."""
    return member if member.isfile() or member.isdir() else None
