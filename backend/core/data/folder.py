"""The folder of datasets: what lies in it, what it holds, and how a new file gets in."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from threading import Lock

from pydantic import BaseModel

from backend.core.data.appending import append_exchange, writing
from backend.core.data.datasets import LoadedDataset, load_records
from backend.core.data.prompts import Turn
from backend.core.data.rows import SUFFIXES
from backend.core.errors import BadDataset, Conflict, InvalidInput, NotFound, PipelineError
from backend.core.paths import resolve_name, shown
from backend.core.storage.files import explained_errors, sync_folder

COUNTED_BYTES = 64 * 2**20
"""Larger files are listed without a look inside, and records are added to them from the shell only."""

KEPT = 4
"""Datasets kept in memory for the preview's next page."""


class DatasetInfo(BaseModel):
    """One file of examples."""

    name: str
    path: str
    size_bytes: int
    examples: int | None
    """Usable examples; null = too large to count, or unreadable"""
    format: str | None
    problem: str | None = None
    """Why it cannot be read"""
    modified_at: datetime


class DataFolder:
    """The datasets in a folder; what was read once is kept until its file changes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._infos: dict[Path, tuple[tuple[int, int], DatasetInfo]] = {}
        self._loaded: dict[Path, tuple[tuple[int, int], LoadedDataset]] = {}
        self._lock = Lock()

    def list(self) -> list[DatasetInfo]:
        """Every dataset, by name; links are none, as `load` does not follow them."""
        if not self.root.is_dir():
            return []
        files = (path for path in sorted(self.root.iterdir()) if path.suffix.lower() in SUFFIXES)
        infos = []
        for path in files:
            with suppress(FileNotFoundError):  # deleted while we look
                if path.is_file() and not path.name.startswith(".") and not path.is_symlink():
                    infos.append(self.info(path))
        return infos

    def info(self, path: Path) -> DatasetInfo:
        """What a file holds. Raises FileNotFoundError."""
        stamp = _stamp(path)
        known = self._infos.get(path)
        if known and known[0] == stamp:
            return known[1]
        info = self._look(path)
        self._infos[path] = (stamp, info)
        return info

    def load(self, name: str) -> LoadedDataset:
        """The examples of a dataset by its name.

        Raises:
            NotFound: no such file.
            InvalidInput: the name is a path or a link.
            BadDataset: the file cannot be read.
        """
        path = resolve_name(self.root, name)
        if not path.is_file():
            raise InvalidInput(f"{name!r} is a folder.", "name")
        return self.load_path(path)

    def load_path(self, path: Path) -> LoadedDataset:
        """The examples of a file. Raises BadDataset."""
        with self._lock:
            stamp = _stamp(path) if path.is_file() else None
            known = self._loaded.get(path)
            if known and known[0] == stamp:
                return known[1]
            loaded = load_records(path)
            if stamp:
                self._loaded = dict([*self._loaded.items(), (path, (stamp, loaded))][-KEPT:])
            return loaded

    def target(self, name: str) -> Path:
        """Where a new dataset of this name goes.

        Raises:
            InvalidInput: not a plain name with a known ending.
            Conflict: there is one already.
        """
        if Path(name).suffix.lower() not in SUFFIXES:
            raise InvalidInput(f"{name!r}: a dataset's name ends in {', '.join(SUFFIXES)}.", "name")
        try:
            resolve_name(self.root, name)
        except NotFound:
            return self.root / name
        raise Conflict(f"There is a dataset {name!r} already: choose another name.")

    def publish(self, partial: Path, name: str) -> LoadedDataset:
        """Take in an uploaded file, once it has been read without an error.

        Args:
            partial: a complete file inside the folder, hidden, with the ending of `name`.

        Raises:
            BadDataset: it is no dataset.
            Conflict: the name was taken meanwhile.
        """
        try:
            loaded = load_records(partial).require_usable()
        except BadDataset as error:  # it has no name of its own yet
            raise BadDataset(str(error).replace(shown(partial), name).replace(partial.name, name), "name") from None
        # Of two uploads of one name, or an upload and a first record, the second is refused.
        with writing(self.root / name), self._lock, explained_errors(self.root):
            partial.replace(self.target(name))
            sync_folder(self.root)
        return loaded

    def append(self, name: str, messages: Sequence[Turn]) -> int:
        """Add a conversation to a dataset by its name, which is made when absent; returns its number of records.

        Raises:
            InvalidInput: the name is no plain file name, the conversation is none, or the file is too large or of a
                kind that nothing can be added to.
            BadDataset: the file there cannot be read.
            Conflict: another program is writing the file.
        """
        try:
            path = resolve_name(self.root, name)
        except NotFound:
            path = self.root / name
        if path.is_symlink() or path.is_dir():
            raise InvalidInput(f"{name!r} is no file of its own.", "name")
        if path.exists() and path.stat().st_size > COUNTED_BYTES:
            raise InvalidInput(
                f"{name} is larger than {COUNTED_BYTES // 2**20} MiB: add to a smaller dataset.", "name"
            )
        return append_exchange(path, messages)

    def _look(self, path: Path) -> DatasetInfo:
        status = path.stat()
        info = DatasetInfo(
            name=path.name,
            path=shown(path),
            size_bytes=status.st_size,
            examples=None,
            format=None,
            modified_at=datetime.fromtimestamp(status.st_mtime, timezone.utc),
        )
        if status.st_size > COUNTED_BYTES:
            return info
        try:
            loaded = load_records(path)
        except PipelineError as error:
            return info.model_copy(update={"problem": str(error)})
        return info.model_copy(update={"examples": len(loaded.records), "format": loaded.format})


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size
