"""The folder of datasets: what lies in it, what it holds, and how a new file gets in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from threading import Lock

from pydantic import BaseModel

from backend.core.data.appending import append_exchange, writing
from backend.core.data.changes import CHANGED_BYTES, Changes
from backend.core.data.columns import columns_of
from backend.core.data.datasets import LoadedDataset, load_records
from backend.core.data.prompts import Turn
from backend.core.data.rows import SUFFIXES
from backend.core.data.versions import version_of
from backend.core.errors import BadDataset, Conflict, InvalidInput, NotFound, PipelineError, Unrecognised
from backend.core.paths import resolve_name, shown
from backend.core.storage.files import explained_errors, sync_folder

COUNTED_BYTES = CHANGED_BYTES
"""Larger files are listed without a look inside, and records are added to them from the shell only."""

COLUMNS_NAMED = 12

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
    problems: int | None
    """Records that cannot be used; null = not counted"""
    problem: str | None = None
    """Why it cannot be read"""
    is_unrecognised: bool = False
    """Its records have none of the known forms: say which column plays which part"""
    modified_at: datetime
    version: str
    """Changes with the file; a change asks for it, so that nobody writes over what he has not seen"""


class DataFolder:
    """The datasets in a folder; what was read once is kept until its file changes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.changes = Changes()
        self._infos: dict[Path, tuple[str, DatasetInfo]] = {}
        self._loaded: dict[object, tuple[str, LoadedDataset]] = {}
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
        version = version_of(path)
        known = self._infos.get(path)
        if known and known[0] == version:
            return known[1]
        info = self._look(path, version)
        self._infos[path] = (version, info)
        return info

    def find(self, name: str) -> Path:
        """The file of a dataset by its name.

        Raises:
            NotFound: no such file.
            InvalidInput: the name is a path, a link or no dataset's.
        """
        path = resolve_name(self.root, name)
        if not path.is_file():
            raise InvalidInput(f"{name!r} is a folder.", "name")
        if path.suffix.lower() not in SUFFIXES:
            raise InvalidInput(f"{name!r} is no dataset: its name ends in {', '.join(SUFFIXES)}.", "name")
        return path

    def load(self, name: str, column_mapping: Mapping[str, str] | None = None) -> LoadedDataset:
        """The examples of a dataset by its name. Raises as `find`, and BadDataset when it cannot be read."""
        return self.load_path(self.find(name), column_mapping)

    def load_path(self, path: Path, column_mapping: Mapping[str, str] | None = None) -> LoadedDataset:
        """The examples of a file. Raises BadDataset."""
        key = (path, *sorted((column_mapping or {}).items()))
        with self._lock:
            version = version_of(path) if path.is_file() else None
            known = self._loaded.get(key)
            if known and known[0] == version:
                return known[1]
            loaded = load_records(path, column_mapping)
            if version:
                self._loaded = dict([*self._loaded.items(), (key, (version, loaded))][-KEPT:])
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

    def publish(self, partial: Path, name: str) -> str:
        """Take in an uploaded file, once it has been read without an error; says what was recognised.

        One whose columns have names that nobody knows is taken in too: they are mapped once it is here.

        Args:
            partial: a complete file inside the folder, hidden, with the ending of `name`.

        Raises:
            BadDataset: it is no dataset.
            Conflict: the name was taken meanwhile.
        """
        try:
            recognised = _recognised_in(partial)
        except BadDataset as error:  # it has no name of its own yet
            raise BadDataset(str(error).replace(shown(partial), name).replace(partial.name, name), "name") from None
        # Of two uploads of one name, or an upload and a first record, the second is refused.
        with writing(self.root / name), self._lock, explained_errors(self.root):
            partial.replace(self.target(name))
            sync_folder(self.root)
        return recognised.replace(partial.name, name)

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

    def _look(self, path: Path, version: str) -> DatasetInfo:
        status = path.stat()
        info = DatasetInfo(
            name=path.name,
            path=shown(path),
            size_bytes=status.st_size,
            examples=None,
            format=None,
            problems=None,
            modified_at=datetime.fromtimestamp(status.st_mtime, timezone.utc),
            version=version,
        )
        if status.st_size > COUNTED_BYTES:
            return info
        try:
            loaded = load_records(path)
        except PipelineError as error:
            unrecognised = isinstance(error, Unrecognised)
            return info.model_copy(update={"problem": str(error), "is_unrecognised": unrecognised})
        found = {"examples": len(loaded.records), "format": loaded.format, "problems": len(loaded.problems)}
        return info.model_copy(update=found)


def _recognised_in(path: Path) -> str:
    """What a file holds, in a sentence. Raises BadDataset."""
    try:
        return load_records(path).require_usable().recognised
    except Unrecognised:
        found = columns_of(path)
        if not found.columns:
            raise
        names = ", ".join(column.name for column in found.columns[:COLUMNS_NAMED])
        return f"{path.name}: records whose columns are not recognised ({names}). Say which one plays which part."
