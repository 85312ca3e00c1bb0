"""The rows of a generation job: followed while it runs, decided by a person, published as a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from backend.core.environment.settings import Settings
from backend.core.errors import Conflict, InvalidInput, NotFound
from backend.core.generation.books import ROWS_FILE
from backend.core.generation.naming import slug, stamp
from backend.core.generation.publishing import as_published
from backend.core.generation.review import Decision, Review, decided, keep_review, read_reviews, reviewed
from backend.core.generation.rows import Row, read_lines, read_rows
from backend.core.generation.run import RUNS, job_run
from backend.core.params import GenerationParams
from backend.core.storage.files import explained_errors, write_json
from backend.jobs.kinds import GENERATE
from backend.jobs.models import Job, now

_writing = Lock()
"""Two decisions at once, or a publication beside a decision, would see half of each other."""


@dataclass(frozen=True)
class RowPage:
    """A piece of the rows.

    Args:
        rows: with the decisions about them, in the order in which they came.
        cursor: behind the last of them.
        behind: there are more already.
    """

    rows: list[tuple[Row, Review | None]]
    cursor: int
    behind: bool


def run_of(job: Job, settings: Settings) -> Path:
    """The folder of a job's run.

    Raises:
        InvalidInput: the job writes no dataset.
    """
    if job.kind != GENERATE.name:
        raise InvalidInput(f"This is a job of the kind {job.kind}: only those that write datasets have rows.")
    return settings.data_dir / RUNS / job_run(job.id)


def rows_from(folder: Path, cursor: int, limit: int) -> RowPage:
    """The rows from a cursor on, which is a byte of the file; one that fits no line finds the next."""
    path = folder / ROWS_FILE
    size = path.stat().st_size if path.exists() else 0
    reviews = read_reviews(folder)
    found: list[tuple[Row, Review | None]] = []
    place = cursor if cursor <= size else 0
    for behind, line in read_lines(path, place):
        if len(found) == limit:
            return RowPage(found, place, True)
        row = Row.model_validate(line)
        found.append((row, reviews.get(row.id)))
        place = behind
    return RowPage(found, place, False)


def review_row(folder: Path, row_id: str, decision: Decision, changes: Mapping[str, str]) -> tuple[Row, Review]:
    """Decide about a row.

    Raises:
        NotFound: there is no such row.
        InvalidInput: the decision does not fit the row.
    """
    with _writing:
        row = next((row for row in read_rows(folder / ROWS_FILE) if row.id == row_id), None)
        if row is None:
            raise NotFound(f"There is no row {row_id!r} in this job.")
        review = decided(row, decision, changes)
        keep_review(folder, review)
    return row, review


def publish_reviewed(job: Job, folder: Path, settings: Settings, name: str | None) -> tuple[str, int]:
    """Publish what is accepted, by the run or by a person; returns the dataset's file name and its size in records.

    Args:
        name: of the dataset; None = made of topic, type, number and time.

    Raises:
        Conflict: the job still works, or a dataset of that name is there.
        InvalidInput: nothing is accepted.
        DiskFull: no room; nothing is there then.
    """
    if not job.status.is_final:
        raise Conflict(f"The job is {job.status.value}: publish when it has ended, or cancel it first.")
    params = GenerationParams.model_validate(job.params)
    with _writing:
        records = reviewed(read_rows(folder / ROWS_FILE), read_reviews(folder))
        if not records:
            raise InvalidInput("No record is accepted, so there is nothing to publish.")
        made = f"{slug(params.topic)}_{params.format_type}_{len(records)}_{stamp(now())}_reviewed"
        path = settings.data_dir / f"{(name or made).removesuffix('.json')}.json"
        if path.exists():
            raise Conflict(f"There is a dataset {path.name!r} already: choose another name.")
        with explained_errors(path):
            write_json(path, [as_published(record, plain=params.plain) for record in records])
            _tell_card(folder / "CARD.md", path.name, len(records), len(read_reviews(folder)))
    return path.name, len(records)


def _tell_card(card: Path, name: str, records: int, decisions: int) -> None:
    """Write into the run's card that a person has gone through it."""
    told = f"{records} records, published after a person had decided about {decisions} rows of the run."
    with card.open("a", encoding="utf-8") as stream:
        stream.write(f"\n## {name}\n\n{told}\n")
