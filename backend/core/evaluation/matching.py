"""Bringing two files together: by id where the questions agree, else by the question itself; never by luck."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from backend.core.data.records import BadRecord
from backend.core.data.rows import read_rows
from backend.core.errors import BadDataset, InvalidInput
from backend.core.evaluation.items import Answers, Material, Predictions, Question, question_of, whole
from backend.core.paths import shown

logger = logging.getLogger(__name__)

SHOWN = 3


@dataclass(frozen=True)
class Match:
    """Which of the others belongs to each question.

    Args:
        by: what they have in common.
        positions: of the other question, for each question; None = there is none.
    """

    by: Literal["id", "input"]
    positions: tuple[int | None, ...]

    @property
    def missing(self) -> list[int]:
        """Positions of questions without a partner."""
        return [at for at, found in enumerate(self.positions) if found is None]


def match(questions: Sequence[Question], others: Sequence[Question]) -> Match:
    """The partner of each question: the same id with the same question, else the same question.

    An id alone is not enough: files without ids are numbered from 0, and the third question of one file has nothing to
    do with the third of another. Where a side has no question at all, the id must do.
    """
    by_id = {other.item_id: at for at, other in enumerate(others)}
    ids = [
        found if (found := by_id.get(question.item_id)) is not None and _agree(question, others[found]) else None
        for question in questions
    ]
    by_input = _unique_inputs(others)
    inputs = [by_input.get(_plain(question.input)) if question.input.strip() else None for question in questions]
    if sum(at is not None for at in ids) >= sum(at is not None for at in inputs):
        return Match("id", tuple(ids))
    return Match("input", tuple(inputs))


def _agree(one: Question, other: Question) -> bool:
    return not one.input.strip() or not other.input.strip() or _plain(one.input) == _plain(other.input)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _unique_inputs(questions: Sequence[Question]) -> Mapping[str, int]:
    """Questions asked twice with different references say nothing about which one is meant, so they are left out."""
    found: dict[str, int] = {}
    doubtful = set()
    for at, question in enumerate(questions):
        text = _plain(question.input)
        if text in found and questions[found[text]].reference != question.reference:
            doubtful.add(text)
        found.setdefault(text, at)
    return {text: at for text, at in found.items() if text and text not in doubtful}


def read_questions(path: Path) -> list[Question]:
    """The questions of a dataset with their references. Raises InvalidInput."""
    try:
        rows = read_rows(path)
    except BadDataset as error:
        raise InvalidInput(str(error), "reference") from None
    try:
        return [_with_answer(whole(row), index) for index, row in enumerate(rows)]
    except BadRecord as bad:
        raise InvalidInput(f"{shown(path)} is no dataset: {bad.field} {bad.message}.", "reference") from None


def _with_answer(row: object, index: int) -> Question:
    from backend.core.data.records import read_messages, recognise

    question = question_of(row, index)
    form = recognise(row) if isinstance(row, dict) else None
    if question.reference is None and form and isinstance(row, dict):
        last = read_messages(row, form, need_answer=False)[-1]
        if last["role"] == "assistant":
            return replace(question, reference=last["content"])
    return question


def with_references(
    predictions: Predictions, references: Sequence[Question], path: Path
) -> tuple[Predictions, list[str]]:
    """The predictions with the references of a dataset, and what a reader must know about the match.

    A prediction without a partner keeps the reference stored beside it, if there is one.

    Raises:
        InvalidInput: not one of them matches; says so with an example of each side.
    """
    found = match(predictions.questions, references)
    missing = found.missing
    if len(missing) == len(predictions.questions):
        raise InvalidInput(
            f"None of the {len(predictions.questions)} predictions in {shown(predictions.path)} is in {shown(path)}, "
            f"neither by id nor by question: asked was {_quoted(predictions.questions[0])}, the dataset begins with "
            f"{_quoted(references[0])}. Give the dataset that was asked.",
            "reference",
        )
    questions = tuple(
        question if at is None else replace(question, reference=references[at].reference or question.reference)
        for question, at in zip(predictions.questions, found.positions, strict=True)
    )
    logger.info("References of %s matched by %s.", shown(path), found.by)
    told = []
    if missing:
        told.append(
            f"{len(missing)} of {len(predictions.questions)} predictions are not in {shown(path)}, by {found.by} "
            f"({_names(predictions.questions, missing)})."
        )
    return replace(predictions, questions=questions), told


def together(baseline: Predictions, main: Predictions) -> Material:
    """Two files of predictions on the same questions, those of `main` in its order.

    Raises:
        InvalidInput: a question of `main` is missing in `baseline`; says how many, which, and by what was matched.
    """
    found = match(main.questions, baseline.questions)
    missing = found.missing
    if missing:
        raise InvalidInput(
            f"{len(missing)} of {len(main.questions)} questions of {shown(main.path)} are not in "
            f"{shown(baseline.path)} (matched by {found.by}; the first: {_names(main.questions, missing)}). Let both "
            "models answer the same file.",
            "baseline",
        )
    at = [position for position in found.positions if position is not None]
    before = baseline.answers
    name = before.model if before.model != main.answers.model else f"{before.model} ({baseline.path.stem})"
    aligned = Answers(name, tuple(before.predictions[i] for i in at), tuple(before.likelihoods[i] for i in at))
    logger.info("The answers of %s and %s matched by %s.", name, main.answers.model, found.by)
    notes = []
    if len(set(at)) < len(baseline.questions):
        left = len(baseline.questions) - len(set(at))
        notes.append(f"{left} answers in {shown(baseline.path)} are to questions nobody asked the other model.")
    questions = tuple(
        replace(question, reference=question.reference or baseline.questions[i].reference)
        for question, i in zip(main.questions, at, strict=True)
    )
    return Material(questions, (aligned, main.answers), shown(main.path), tuple(notes))


def _names(questions: Sequence[Question], positions: Sequence[int]) -> str:
    names = ", ".join(questions[at].item_id for at in positions[:SHOWN])
    return f"{names}, ..." if len(positions) > SHOWN else names


def _quoted(question: Question) -> str:
    text = _plain(question.input) or f"the id {question.item_id}"
    return f"“{text if len(text) <= 60 else text[:59] + '…'}”"
