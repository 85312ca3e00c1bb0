"""A file of examples, seen from end to end with no more than one of them in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.core.data.datasets import (
    PROBLEMS_SHOWN,
    Record,
    mapped,
    most_common_form,
    read_record,
    require_usable,
    sentence,
)
from backend.core.data.records import BadRecord, Format, Problem, recognise
from backend.core.data.rows import stream_rows
from backend.core.errors import BadDataset
from backend.core.paths import shown


@dataclass(frozen=True)
class Survey:
    """What a file of examples holds, without the examples.

    Args:
        path: the file.
        form: that of most records, as `recognise` gives it.
        total: records in the file.
        usable: those with an answer to learn.
    """

    path: Path
    form: tuple[Format, str, str]
    total: int
    usable: int

    @property
    def recognised(self) -> str:
        """A sentence saying what was recognised."""
        return sentence(self.path, self.form, self.total, self.total - self.usable)


def survey(path: Path, column_mapping: Mapping[str, str] | None = None) -> Survey:
    """Go through a file that is to be trained on.

    Raises:
        BadDataset: as `load_records` and `LoadedDataset.require_usable`.
    """
    forms: Counter[tuple[Format, str, str]] = Counter()
    first: Any = None
    total = usable = unreadable = 0
    for raw in stream_rows(path):
        row = mapped(raw, column_mapping or {})
        first = row if total == 0 else first
        if isinstance(row, dict) and (form := recognise(row)):
            forms[form] += 1
        try:
            read_record(total, raw, row, None)
            usable += 1
        except BadRecord as bad:
            unreadable += bad.fatal
        total += 1
    most = most_common_form(path, forms, first, need_answer=True)
    fatal = _first_unreadable(path, column_mapping or {}, most) if unreadable else []
    require_usable(path, total, usable, fatal, unreadable)
    return Survey(path, most, total, usable)


def stream_records(path: Path, column_mapping: Mapping[str, str] | None = None) -> Iterator[Record]:
    """The usable examples of a file that has been surveyed, each when it is asked for. Raises BadDataset."""
    for index, raw in enumerate(stream_rows(path)):
        try:
            yield read_record(index, raw, mapped(raw, column_mapping or {}), None)
        except BadRecord as bad:
            if bad.fatal:
                raise BadDataset(
                    f"{shown(path)} was changed while it was read: start again.", "dataset_path"
                ) from None


def usable_records(path: Path, column_mapping: Mapping[str, str] | None = None) -> Iterator[Record]:
    """The usable examples of any file of records, each when it is asked for; the others are passed over.

    Raises:
        BadDataset: the file cannot be read.
    """
    for index, raw in enumerate(stream_rows(path)):
        with suppress(BadRecord):
            yield read_record(index, raw, mapped(raw, column_mapping or {}), None)


def _first_unreadable(path: Path, column_mapping: Mapping[str, str], form: tuple[Format, str, str]) -> list[Problem]:
    """The first records that cannot be read: known only once the form of most is."""
    found: list[Problem] = []
    for index, raw in enumerate(stream_rows(path)):
        try:
            read_record(index, raw, mapped(raw, column_mapping), form)
        except BadRecord as bad:
            found += [Problem(index, bad.field, bad.message)] if bad.fatal else []
        if len(found) == PROBLEMS_SHOWN:
            break
    return found
