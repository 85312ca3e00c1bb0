"""Changes of a dataset file: whole or not at all, only of the file that was seen, and each can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.core.data.appending import writing
from backend.core.data.columns import PARTS
from backend.core.data.conversion import WRITTEN, as_text
from backend.core.data.datasets import load_records, read_record, split_positions
from backend.core.data.layout import (
    TABLES,
    header_of,
    record_spans,
    require_columns,
    with_header,
    with_record,
    with_records,
    without_records,
)
from backend.core.data.records import ANSWER_NAMES, QUESTION_NAMES, BadRecord
from backend.core.data.rows import read_rows, read_text
from backend.core.data.set_aside import SetAside
from backend.core.data.versions import require_version
from backend.core.errors import Conflict, InvalidInput
from backend.core.storage.files import explained_errors, sync_folder, write_atomically

CHANGED_BYTES = 64 * 2**20
"""Larger files are changed from the shell only: a change reads the file into memory and writes it anew."""
TAKEN = frozenset({*PARTS, *QUESTION_NAMES, *ANSWER_NAMES})
"""Names by which a form is recognised."""


@dataclass(frozen=True)
class Changed:
    """A dataset after a change.

    Args:
        path: the file.
        undo: takes the change back.
    """

    path: Path
    undo: str


class Changes:
    """Changes files, and keeps what they were for a while."""

    def __init__(self) -> None:
        self.aside = SetAside()

    def replace(self, path: Path, version: str, index: int, record: Mapping[str, Any]) -> Changed:
        """Put another record in a place of the file.

        Raises:
            InvalidInput: nothing can be learnt from it, there is no such place, or the file is of a kind or a size
                that is not changed here.
            Conflict: the file is not the one that was seen, or somebody else is writing.
        """
        _require_learnable(index, record)

        def change(text: str) -> str:
            _require_place(path, text, index)
            if path.suffix.lower() in TABLES:
                require_columns(path, text, record)
            return with_record(path, text, index, record)

        return self._change(path, version, change)

    def delete(self, path: Path, version: str, indices: Sequence[int]) -> Changed:
        """Take records out of the file. Raises as `replace`; also when none would be left."""

        def change(text: str) -> str:
            count = len(record_spans(path, text))
            for index in indices:
                _require_place(path, text, index, count)
            if len(set(indices)) == count:
                raise InvalidInput("That would leave no record: delete the dataset instead.", "index")
            return without_records(path, text, indices)

        return self._change(path, version, change)

    def name_columns(self, path: Path, version: str, mapping: Mapping[str, str]) -> Changed:
        """Call the columns as the parts they play; others whose names would be taken for a part are renamed too.

        Raises:
            InvalidInput: as `replace`; also when a column plays two parts.
            BadDataset: nothing is recognised under these names either.
        """
        if len(set(mapping.values())) < len(mapping):
            raise InvalidInput("One column plays two parts: choose another for one of them.", "column_mapping")
        if not load_records(path, mapping).records:
            raise InvalidInput("With these columns no record has a question and an answer.", "column_mapping")

        def change(text: str) -> str:
            if path.suffix.lower() in TABLES:
                return with_header(path, text, [_named(name, mapping) for name in header_of(path, text)])
            return with_records(path, text, [_renamed(row, mapping) for row in read_rows(path)])

        return self._change(path, version, change)

    def remove(self, path: Path, version: str) -> Changed:
        """Take the file itself away. Raises Conflict."""
        with writing(path), explained_errors(path):
            require_version(path, version)
            copy = self.aside.take(path)
            sync_folder(path.parent)
        return Changed(path, self.aside.note(path, copy))

    def _change(self, path: Path, version: str, change: Callable[[str], str]) -> Changed:
        require_changeable(path)
        with writing(path), explained_errors(path):
            require_version(path, version)
            text = change(read_text(path))
            copy = self.aside.copy_of(path)
            try:
                write_atomically(path, text)
            except BaseException:
                copy.unlink(missing_ok=True)
                raise
            return Changed(path, self.aside.note(path, copy))


def rename(path: Path, version: str, target: Path) -> None:
    """Give the file another name. Raises Conflict, also when the name is taken."""
    with writing(path), explained_errors(path):
        require_version(path, version)
        if target.exists():
            raise Conflict(f"There is a dataset {target.name!r} already: choose another name.")
        path.rename(target)
        sync_folder(path.parent)


def split_file(path: Path, targets: tuple[Path, Path], share: float, seed: int) -> int:
    """Write the usable records to two new files, as a run with `validation_split` and this seed parts them.

    Args:
        targets: for training and for validation; both are written or none.

    Returns:
        how many records were left out, for they cannot be used.

    Raises:
        BadDataset: fewer than two examples, or unreadable.
        Conflict: a target is there.
    """
    _require_size(path)
    loaded = load_records(path)
    parts = split_positions(len(loaded.records), share, seed)
    with writing(path), _whole_or_none(targets):
        for target, positions in zip(targets, parts, strict=True):
            rows = [loaded.records[position].raw for position in positions]
            write_atomically(target, as_text(rows, target.suffix.lower()))
    return len(loaded.problems)


def require_changeable(path: Path) -> None:
    """Raises InvalidInput for a kind or a size of file whose records are not changed here."""
    if path.suffix.lower() not in WRITTEN:
        raise InvalidInput(
            f"{path.name}: the records of a {path.suffix} file are not changed one by one. Export it as JSON Lines, "
            "and upload that.",
            "name",
        )
    _require_size(path)


def _require_size(path: Path) -> None:
    if path.stat().st_size > CHANGED_BYTES:
        raise InvalidInput(
            f"{path.name} is larger than {CHANGED_BYTES // 2**20} MiB, so it is not changed here: use "
            "`python prepare_dataset.py --dataset_path ... --output_path ...`.",
            "name",
        )


def _require_learnable(index: int, record: Mapping[str, Any]) -> None:
    try:
        read_record(index, record, record, None)
    except BadRecord as bad:
        where = f"{bad.field} " if bad.field else "The record "
        raise InvalidInput(f"{where}{bad.message}.", "record") from None


def _require_place(path: Path, text: str, index: int, count: int | None = None) -> None:
    count = len(record_spans(path, text)) if count is None else count
    if not 0 <= index < count:
        raise InvalidInput(f"There is no record {index} in {path.name}, which has {count:,}.", "index")


def _renamed(row: Any, mapping: Mapping[str, str]) -> Any:
    return {_named(name, mapping): value for name, value in row.items()} if isinstance(row, dict) else row


def _named(name: str, mapping: Mapping[str, str]) -> str:
    part = next((part for part, column in mapping.items() if column == name), None)
    return part or (f"original_{name}" if name in TAKEN else name)


@contextmanager
def _whole_or_none(targets: Sequence[Path]) -> Iterator[None]:
    """New files that are all there afterwards, or none. Raises Conflict when one is there already."""
    for target in targets:
        if target.exists():
            raise Conflict(f"There is a dataset {target.name!r} already: choose another name.")
    try:
        yield
    except BaseException:
        for target in targets:
            target.unlink(missing_ok=True)
        raise
