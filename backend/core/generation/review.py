"""What a person decides about the records of a run, and the dataset that comes of it.

Decisions are lines of `reviews.jsonl` in the run's folder; the last one about a record counts. Without a decision a
record is in the dataset exactly when the run accepted it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from backend.core.errors import InvalidInput
from backend.core.generation.formats.base import clean
from backend.core.generation.rows import Row, read_lines
from backend.core.llm.lines import Lines

REVIEWS_FILE = "reviews.jsonl"

Decision = Literal["accept", "edit", "reject"]


class Review(BaseModel):
    """One decision.

    Args:
        record: as edited; null = as the model wrote it.
    """

    row: str
    decision: Decision
    record: dict[str, Any] | None = None


def keep_review(folder: Path, review: Review) -> None:
    """Write a decision down. Raises NoRoom."""
    lines = Lines(folder / REVIEWS_FILE)
    try:
        lines.append(review.model_dump(mode="json"))
    finally:
        lines.close()


def read_reviews(folder: Path) -> dict[str, Review]:
    """The decision that counts, by row id."""
    return {line["row"]: Review.model_validate(line) for _, line in read_lines(folder / REVIEWS_FILE)}


def decided(row: Row, decision: Decision, changes: Mapping[str, str]) -> Review:
    """A decision about a row, checked.

    Args:
        changes: new texts for `input` and `output`, with the decision `edit`.

    Raises:
        InvalidInput: the row has no record to accept, or the changed record is none.
    """
    if decision == "reject":
        return Review(row=row.id, decision=decision)
    record = row.record
    if not isinstance(record, dict) or not _is_whole(record):
        raise InvalidInput(f"{row.id} holds no record with input and output: it can only be rejected.", "decision")
    if decision == "accept":
        if changes:
            raise InvalidInput("Changes come with the decision edit.", "decision")
        return Review(row=row.id, decision=decision)
    return Review(row=row.id, decision=decision, record=edited(record, changes))


def edited(record: Mapping[str, Any], changes: Mapping[str, str]) -> dict[str, Any]:
    """The record with new texts, its further fields in keeping with them.

    Raises:
        InvalidInput: a text is empty, or does not fit the type of the record.
    """
    changes = {name: clean(text) for name, text in changes.items()}
    if not changes:
        raise InvalidInput("edit needs a new input or output.", "decision")
    for name, text in changes.items():
        if not text:
            raise InvalidInput(f"{name} is empty.", name)
    made = {**record, **changes}
    if "messages" in record:
        if changes.get("input", record["input"]) != record["input"]:
            raise InvalidInput("The turns of a conversation cannot be edited as one text: edit its output.", "input")
        made["messages"] = [*record["messages"][:-1], {**record["messages"][-1], "content": made["output"]}]
    if "labels" in record and made["output"] not in record["labels"]:
        raise InvalidInput(f"output must be one of {', '.join(record['labels'])}.", "output")
    if "answer" in record:
        made["answer"] = made["output"].splitlines()[-1].strip()
    return made


def reviewed(rows: Sequence[Row], reviews: Mapping[str, Review]) -> list[dict[str, Any]]:
    """The records of the dataset, in the order of the plan's slots, then of their rows."""
    kept = []
    for row in rows:
        review = reviews.get(row.id)
        chosen = review.decision != "reject" if review else row.status == "accepted"
        if chosen and isinstance(row.record, dict):
            kept.append((row.slot is None, row.slot or 0, row.id, (review and review.record) or row.record))
    return [dict(record) for *_, record in sorted(kept, key=lambda entry: entry[:3])]


def _is_whole(record: Mapping[str, Any]) -> bool:
    return all(isinstance(record.get(name), str) and record[name].strip() for name in ("input", "output"))
