"""What a training run has answered as it learnt, read back from what it told."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from backend.core.runs.events import SAMPLES_FILE

MOST_BYTES = 2 * 2**20
"""Of a longer file the beginning, with the base's answers, and the end are read: some six thousand short answers."""


class Sample(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="ignore")

    step: int
    """Optimiser steps done: 0 = the base has answered"""
    prompt: str
    answer: str
    reference: str | None
    """The answer of the dataset"""
    seconds: float
    """From the question to the end of the answer"""


def samples_in(folder: Path) -> list[Sample]:
    """The answers in the order in which they were given; of each question one at each step."""
    found: dict[tuple[int, str], Sample] = {}
    for line in _lines(folder / SAMPLES_FILE):
        try:
            sample = Sample.model_validate(json.loads(line))
        except (ValueError, ValidationError):  # torn by a kill, or by where it was cut
            continue
        found[sample.step, sample.prompt] = sample
    return list(found.values())


def _lines(path: Path) -> list[bytes]:
    try:
        with path.open("rb") as stream:
            size = path.stat().st_size
            if size <= MOST_BYTES:
                return stream.read(MOST_BYTES).splitlines()
            beginning = stream.read(MOST_BYTES // 4).splitlines()[:-1]
            stream.seek(size - MOST_BYTES // 2)
            return [*beginning, *stream.read(MOST_BYTES // 2).splitlines()[1:]]
    except FileNotFoundError:
        return []
