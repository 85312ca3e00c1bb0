"""The rows of `results.jsonl`, read so that a run of any size fits: an index of what matters, then the rows chosen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from backend.core.errors import InvalidInput
from backend.core.evaluation.rows import ResultRow
from backend.core.paths import shown

ITEMS = 1_500
"""Items in a page: 3 MB of typical answers, which a browser opens in a second. The spreadsheet has all of them."""


@dataclass(frozen=True)
class Entry:
    """What is remembered of every row: where it stands, and what orders and draws it."""

    offset: int
    index: int
    score: float | None
    change: float | None
    length: int
    rouge_l: float | None
    status: str

    @property
    def unscored(self) -> bool:
        """Whether the item should have a score and has none."""
        return self.score is None


def read_rows(path: Path) -> Iterator[tuple[int, ResultRow]]:
    """Every row with its offset in bytes.

    Raises:
        InvalidInput: the file is missing, or a line is no result.
    """
    offset = 0
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                try:
                    yield offset, ResultRow.model_validate_json(line)
                except ValidationError as error:
                    first = error.errors(include_url=False)[0]
                    where = ".".join(str(part) for part in first["loc"]) or "the line"
                    raise InvalidInput(
                        f"Line {number} of {shown(path)} is no result ({where}: {first['msg']}): write the run's "
                        "results again with `python eval.py --rescore`."
                    ) from None
                offset += len(line)
    except FileNotFoundError:
        raise InvalidInput(f"There is no {shown(path)}: a report is made from a finished run's folder.") from None


def index_of(path: Path) -> list[Entry]:
    """An entry per row, in the file's order; 200 bytes each."""
    return [
        Entry(
            offset,
            row.index,
            row.score,
            row.change,
            len(row.prediction),
            row.reference_metrics.get("rouge_l"),
            row.status,
        )
        for offset, row in read_rows(path)
    ]


def chosen(entries: Sequence[Entry], limit: int = ITEMS) -> list[Entry]:
    """The items that a page shows, in input order: all when they are at most `limit`.

    Otherwise a quarter each: unscored ones, the lowest scores and the largest changes; the last is taken evenly
    from the rest, so that the page still shows what is usual.
    """
    if len(entries) <= limit:
        return list(entries)
    quarter = limit // 4
    picked: dict[int, Entry] = {}
    unscored = [entry for entry in entries if entry.unscored]
    scored = sorted((entry for entry in entries if entry.score is not None), key=lambda entry: entry.score or 0.0)
    changed = sorted((entry for entry in entries if entry.change), key=lambda entry: -abs(entry.change or 0.0))
    for group in (unscored, scored, changed):
        picked.update((entry.offset, entry) for entry in group[:quarter])
    rest = [entry for entry in entries if entry.offset not in picked]
    free = limit - len(picked)
    step = len(rest) / free
    picked.update((entry.offset, entry) for entry in (rest[int(place * step)] for place in range(free)))
    return sorted(picked.values(), key=lambda entry: entry.offset)


def rows_at(path: Path, entries: Sequence[Entry]) -> Iterator[ResultRow]:
    """The rows of these entries."""
    with path.open("rb") as stream:
        for entry in entries:
            stream.seek(entry.offset)
            yield ResultRow.model_validate_json(stream.readline())
