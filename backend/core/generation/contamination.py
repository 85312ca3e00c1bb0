"""Texts that must not get into the data: those of evaluation files, recognised though they were reworded a little."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.core.data.datasets import load_records
from backend.core.data.rows import read_rows
from backend.core.data.shingles import ShingleIndex, normalised, runs_of, shingles
from backend.core.errors import BadDataset, InvalidInput
from backend.core.metrics.words import words

ALIKE = 0.5
"""Jaccard similarity of word triples from which two questions count as the same."""

QUESTION_RUN = 8
ANY_RUN = 13
"""Words in a row that a question, and that question and answer together, may not share: the 8 of the ARC and GPT-2
checks, the 13 of GPT-3's (arXiv:2005.14165, appendix C)."""


@dataclass(frozen=True)
class Leak:
    """A record that is in a file it must not be in.

    Args:
        file: the file's name.
        index: of the row there, from 0.
        how: `equal`, `alike`, `8_words` or `13_words`.
        similarity: Jaccard of the questions, where that is how.
    """

    file: str
    index: int
    how: str
    similarity: float | None = None

    def __str__(self) -> str:
        told = {"equal": "is", "alike": "is much like", "8_words": "shares 8 words in a row with"}
        return f"{told.get(self.how, 'shares 13 words in a row with')} row {self.index} of {self.file}"


class Guarded:
    """The rows of files that the data must not repeat.

    Args:
        rows: `(file, index, question, everything)` of each.
    """

    def __init__(self, rows: Iterable[tuple[str, int, str, str]]) -> None:
        self._equal: dict[str, tuple[str, int]] = {}
        self._alike = ShingleIndex[tuple[str, int]]()
        self._question_runs: dict[int, tuple[str, int]] = {}
        self._any_runs: dict[int, tuple[str, int]] = {}
        self.count = 0
        for file, index, question, everything in rows:
            place = (file, index)
            self.count += 1
            self._equal.setdefault(normalised(question), place)
            self._alike.add(place, shingles(question))
            for run in long_runs(question, QUESTION_RUN):
                self._question_runs.setdefault(run, place)
            for run in long_runs(everything, ANY_RUN):
                self._any_runs.setdefault(run, place)

    def leak(self, record: Mapping[str, Any]) -> Leak | None:
        """How a record is in the files; None = it is not."""
        question, everything = record["input"], f"{record['input']}\n{record['output']}"
        place = self._equal.get(normalised(question))
        if place:
            return Leak(*place, "equal", 1.0)
        near = self._alike.nearest(shingles(question))
        if near and near.similarity >= ALIKE:
            return Leak(*near.key, "alike", round(near.similarity, 3))
        for runs, width, how in (
            (self._question_runs, QUESTION_RUN, "8_words"),
            (self._any_runs, ANY_RUN, "13_words"),
        ):
            text = question if how == "8_words" else everything
            place = next((runs[run] for run in long_runs(text, width) if run in runs), None)
            if place:
                return Leak(*place, how)
        return None


def long_runs(text: str, width: int) -> frozenset[int]:
    """The runs of exactly so many words; none in a shorter text."""
    tokens = words(text)
    return runs_of(tokens, width) if len(tokens) >= width else frozenset()


def read_guarded(paths: Sequence[Path]) -> Guarded:
    """The rows of datasets and prediction files. Raises BadDataset and InvalidInput."""
    return Guarded(row for path in paths for row in _rows(path))


def _rows(path: Path) -> Iterable[tuple[str, int, str, str]]:
    rows = _prediction_rows(path)
    if rows is not None:
        return rows
    try:
        records = load_records(path, need_answer=False).records
    except BadDataset as error:
        raise BadDataset(str(error), "against") from None
    return [(path.name, record.index, record.question, f"{record.question}\n{record.answer}") for record in records]


def _prediction_rows(path: Path) -> list[tuple[str, int, str, str]] | None:
    """The rows of a predictions file (its questions and references); None when it is no such file."""
    try:
        rows = read_rows(path)
    except BadDataset as error:
        raise InvalidInput(str(error), "against") from None
    if not all(isinstance(row, dict) and "prediction" in row for row in rows):
        return None
    found = []
    for index, row in enumerate(rows):
        question = row.get("input", row.get("prompt", ""))
        question = question if isinstance(question, str) else json.dumps(question, ensure_ascii=False)
        found.append((path.name, index, question, f"{question}\n{row.get('reference') or ''}"))
    return found
