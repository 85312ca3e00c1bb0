"""What is evaluated: questions with their references, and what each model answered, row by row."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.core.data.records import ANSWER_NAMES, QUESTION_NAMES, BadRecord, Problem, read_messages, recognise
from backend.core.data.rows import json_rows, read_rows, read_text
from backend.core.errors import BadDataset, InvalidInput
from backend.core.evaluation.rows import Likelihood
from backend.core.paths import shown

PROBLEMS_SHOWN = 10
EXPECTED = (
    'a list of {"id", "input", "reference", "prediction"} is expected, as run_inference.py --input_file writes it'
)


@dataclass(frozen=True)
class Question:
    """One item: what was asked, and what is right.

    Args:
        item_id: unique within the run.
        index: position in the file, from 0.
        input: the question as plain text.
        reference: the right answer; None = nobody gave one.
        category, source: groups of items, for figures apart and for clustered errors.
    """

    item_id: str
    index: int
    input: str
    reference: str | None = None
    category: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class Answers:
    """What one model answered.

    Args:
        model: its name.
        predictions: one per question, in their order; nothing but white space = it did not answer.
        likelihoods: of the references, where somebody measured them.
    """

    model: str
    predictions: tuple[str, ...]
    likelihoods: tuple[Likelihood | None, ...]


@dataclass(frozen=True)
class Predictions:
    """A file of predictions."""

    path: Path
    questions: tuple[Question, ...]
    answers: Answers


@dataclass(frozen=True)
class Material:
    """Everything to be scored.

    Args:
        questions: the items.
        answers: per model, the baseline first; the last one is the main model.
        dataset: the file they are from.
        notes: what a reader must know about how they were put together.
    """

    questions: tuple[Question, ...]
    answers: tuple[Answers, ...]
    dataset: str
    notes: tuple[str, ...] = ()

    @property
    def main(self) -> Answers:
        """The answers the run is about."""
        return self.answers[-1]


def read_predictions(path: Path, field: str = "predictions") -> Predictions:
    """A predictions file: JSON (a list, or `{"data": [...]}`), JSON Lines, CSV or Parquet.

    Raises:
        InvalidInput: it is none, is empty, mixes the answers of several models, repeats an id, or has records that
            cannot be read; all of them are named with index and field.
    """
    rows = _rows(path, field)
    if not rows:
        raise InvalidInput(f"{shown(path)} holds no predictions.", field)
    if not any(isinstance(row, dict) and "prediction" in row for row in rows):
        raise InvalidInput(f"{shown(path)} is no predictions file: {EXPECTED}.", field)
    problems: list[Problem] = []
    questions, texts, likelihoods = [], [], []
    for index, row in enumerate(rows):
        try:
            questions.append(question_of(row, index))
            texts.append(_prediction(row))
            likelihoods.append(_likelihood(row))
        except BadRecord as bad:
            problems.append(Problem(index, bad.field, bad.message))
    problems += _repeated(questions)
    if problems:
        raise InvalidInput(
            f"{shown(path)}: {len(problems)} of {len(rows)} records cannot be used.\n{_listed(problems)}\n"
            "Correct them or take them out.",
            field,
        )
    answers = Answers(_one_model(rows, path, field), tuple(texts), tuple(likelihoods))
    return Predictions(path, tuple(questions), answers)


def _rows(path: Path, field: str) -> list[Any]:
    try:
        return [whole(row) for row in _rows_as_they_are(path)]
    except BadDataset as error:
        raise InvalidInput(str(error), field) from None


def whole(value: Any) -> Any:
    """The value with each half of a surrogate pair, which no file and no server takes, as U+FFFD: a model that stops
    inside a character writes such halves."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {whole(name): whole(inner) for name, inner in value.items()}
    return [whole(inner) for inner in value] if isinstance(value, list) else value


def _rows_as_they_are(path: Path) -> list[Any]:
    if path.suffix.lower() in (".csv", ".tsv", ".parquet"):
        return read_rows(path)
    text = read_text(path)
    return _lone_object(text) or json_rows(path, text)


def _lone_object(text: str) -> list[Any] | None:
    """The one object a file holds, which `read_predictions` can then call by its name."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return [content] if isinstance(content, dict) and not isinstance(content.get("data"), list) else None


def question_of(row: Any, index: int) -> Question:
    """The question in a row of predictions or of a dataset. Raises BadRecord."""
    if not isinstance(row, Mapping):
        raise BadRecord("", f"is a {type(row).__name__}, not an object")
    reference = row.get("reference")
    if reference is None:
        reference = next((row[name] for name in ANSWER_NAMES if isinstance(row.get(name), str)), None)
    if reference is not None and not isinstance(reference, str | int | float):
        raise BadRecord("reference", f"is a {type(reference).__name__}, not text")
    text = None if reference is None else str(reference)
    given = row.get("id", row.get("item_id"))
    return Question(
        item_id=str(index if given in (None, "") else given),
        index=index,
        input=_asked(row),
        reference=text if text and text.strip() else None,
        category=_label(row, "category"),
        source=_label(row, "source"),
    )


def _asked(row: Mapping[str, Any]) -> str:
    form = recognise(row)
    if form and form[0] in ("messages", "sharegpt"):
        turns = read_messages(row, form, need_answer=False)
        asked = turns[:-1] if turns[-1]["role"] == "assistant" else turns
        return "\n".join(turn["content"] for turn in asked if turn["role"] != "system")
    for name in QUESTION_NAMES:
        if name in row and row[name] is not None:
            if not isinstance(row[name], str | int | float):
                raise BadRecord(name, f"is a {type(row[name]).__name__}, not text")
            return str(row[name])
    return ""


def _label(row: Mapping[str, Any], name: str) -> str | None:
    metadata = row.get("metadata")
    value = row.get(name, metadata.get(name) if isinstance(metadata, Mapping) else None)
    return str(value) if isinstance(value, str | int) and str(value).strip() else None


def _prediction(row: Mapping[str, Any]) -> str:
    if "prediction" not in row:
        raise BadRecord("prediction", "is missing")
    value = row["prediction"]
    if value is not None and not isinstance(value, str | int | float):
        raise BadRecord("prediction", f"is a {type(value).__name__}, not text")
    return "" if value is None else str(value)


def _likelihood(row: Mapping[str, Any]) -> Likelihood | None:
    given = row.get("likelihood")
    if given is None:
        return None
    try:
        return Likelihood.model_validate(given)
    except ValueError:
        raise BadRecord("likelihood", 'is not {"nll", "tokens", "bytes"}') from None


def _repeated(questions: Sequence[Question]) -> list[Problem]:
    counts = Counter(question.item_id for question in questions)
    return [
        Problem(question.index, "id", f"is {question.item_id!r}, which {counts[question.item_id]} records have")
        for question in questions
        if counts[question.item_id] > 1
    ]


def _listed(problems: Sequence[Problem]) -> str:
    lines = [f"  record {problem.index}: {problem.field} {problem.message}" for problem in problems[:PROBLEMS_SHOWN]]
    more = [f"  ... and {len(problems) - PROBLEMS_SHOWN} more"] if len(problems) > PROBLEMS_SHOWN else []
    return "\n".join(lines + more)


def _one_model(rows: Sequence[Mapping[str, Any]], path: Path, field: str) -> str:
    models = Counter(str(row["model"]) for row in rows if row.get("model"))
    if len(models) > 1:
        counts = ", ".join(f"{name} {count}" for name, count in models.most_common(5))
        raise InvalidInput(
            f"{shown(path)} mixes the answers of {len(models)} models ({counts}): give each model a file of its own.",
            field,
        )
    return next(iter(models), path.stem)
