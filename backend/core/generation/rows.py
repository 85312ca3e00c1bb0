"""`rows.jsonl`: every record that was accepted or rejected, one line each, in the order in which it was decided.

It grows while the run works: pages show it live, and a run that was stopped goes on from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, JsonValue

Reason = Literal[
    "invalid", "refusal", "duplicate", "near_duplicate", "seed_duplicate", "earlier_duplicate", "contaminated",
    "low_quality", "quality_unknown", "inconsistent_preference", "call_failed",
]  # fmt: skip
"""Why a record is not in the data: the closed set of the files and the pages."""

REASONS_IN_WORDS: dict[Reason, str] = {
    "invalid": "broke a rule of its type, and still did after one correction",
    "refusal": "the model declined",
    "duplicate": "the same as an accepted record",
    "near_duplicate": "much like an accepted record",
    "seed_duplicate": "much like one of the given examples",
    "earlier_duplicate": "much like a record of an earlier dataset on the topic",
    "contaminated": "stands in a file that it must not be in",
    "low_quality": "graded below the limit",
    "quality_unknown": "could not be graded",
    "inconsistent_preference": "the judge's preference changes with the order",
    "call_failed": "the request failed",
}


class Row(BaseModel):
    """One decision.

    Args:
        id: as requests name it.
        call: the request it came from; `draft` is its place in the answer.
        record: as it would be published; of an invalid one, as the model wrote it. null = there is none.
        nearest: the most alike accepted row before it.
        ask: key of the request, for `attempts.jsonl`.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    status: Literal["accepted", "rejected"]
    call: int
    draft: int
    leaf: str
    subtopic: str
    slot: int | None = None
    record: JsonValue = None
    reason: Reason | None = None
    detail: str = ""
    quality: float | None = None
    nearest: str | None = None
    similarity: float | None = None
    flags: list[str] = []
    ask: str = ""
    model: str = ""
    tokens: int | None = None
    count: int = 1
    """Drafts it stands for: a request that failed takes all of its drafts with it"""


def read_lines(path: Path, start: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
    """The whole lines from a byte on: `(byte behind the line, object)`; one that is no JSON object is left out."""
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        return
    with stream:
        stream.seek(start)
        place = start
        for line in stream:
            if not line.endswith(b"\n"):
                return
            place += len(line)
            try:
                value = json.loads(line)
            except ValueError:  # a power loss may leave anything
                continue
            if isinstance(value, dict):
                yield place, value


def read_rows(path: Path) -> list[Row]:
    """Every row of a run."""
    return [Row.model_validate(line) for _, line in read_lines(path)]
