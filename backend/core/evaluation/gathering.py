"""What is scored, brought together from the files a person names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random

from backend.core.data.datasets import LoadedDataset, Record, listed, load_records
from backend.core.environment.settings import environment
from backend.core.errors import BadDataset, InvalidInput
from backend.core.evaluation.items import Answers, Material, Question, read_predictions
from backend.core.evaluation.matching import read_questions, together, with_references
from backend.core.evaluation.people import require_some
from backend.core.params import EvaluationParams
from backend.core.paths import normalise_path, shown


def material_of(params: EvaluationParams) -> Material:
    """The predictions, their references and the baseline's predictions, matched.

    Raises:
        InvalidInput: a file cannot be used, or two of them do not belong together; says which records.
    """
    predictions = read_predictions(predictions_path(params))
    references = read_questions(_path(params.reference)) if params.reference else None
    notes: list[str] = []
    if references is not None and params.reference:
        predictions, told = with_references(predictions, references, _path(params.reference))
        notes += told
    if params.baseline is None:
        return Material(predictions.questions, (predictions.answers,), shown(predictions.path), tuple(notes))
    material = together(read_predictions(_path(params.baseline), "baseline"), predictions)
    return replace(material, notes=(*notes, *material.notes))


def predictions_path(params: EvaluationParams) -> Path:
    """The file that is scored: as given, else the one that `run_inference.py` writes unless told otherwise."""
    if params.predictions:
        return _path(params.predictions)
    given = environment().get("PREDICTIONS_DIR")
    return (normalise_path(given) if given else Path.cwd() / "predictions") / "predictions.json"


def require_fit(mode: str, material: Material, labels: Mapping[str, float] | None) -> None:
    """Raises InvalidInput when no item has a reference in mode `reference`, or none of people's grades is for one."""
    if labels is not None:
        require_some(labels, [question.item_id for question in material.questions])
    if mode == "reference" and not any(question.reference for question in material.questions):
        raise InvalidInput("None of the predictions has a reference: give them with --reference.", "reference")


def dataset_of(params: EvaluationParams) -> tuple[LoadedDataset, list[Record]]:
    """The questions for models to answer, and which of them are asked.

    Raises:
        BadDataset: the file cannot be read, has records that cannot be asked, or gives an id twice.
    """
    assert params.dataset_path
    path = _path(params.dataset_path)
    dataset = load_records(path, params.column_mapping, need_answer=False)
    if dataset.problems:
        raise BadDataset(
            f"{shown(path)}: {len(dataset.problems)} of {dataset.total} records cannot be asked.\n"
            f"{listed(dataset.problems)}\nCorrect them or take them out.",
            "dataset_path",
        )
    ids = Counter(str(record.raw.get("id", record.index)) for record in dataset.records)
    twice = [name for name, count in ids.items() if count > 1]
    if twice:
        raise BadDataset(f"{shown(path)}: {ids[twice[0]]} records have the id {twice[0]!r}.", "dataset_path")
    mute = [record.index for record in dataset.records if not record.prompt]
    if mute:
        raise BadDataset(
            f"{shown(path)}, record {mute[0]}: it begins with the answer, so nothing is asked.", "dataset_path"
        )
    return dataset, _drawn(dataset.records, params)


def _drawn(records: list[Record], params: EvaluationParams) -> list[Record]:
    if params.max_items is None or params.max_items >= len(records):
        return list(records)
    return sorted(Random(params.seed).sample(records, params.max_items), key=lambda record: record.index)


def questions_of(records: list[Record]) -> tuple[Question, ...]:
    """The records as items, in their order."""
    return tuple(
        Question(
            item_id=str(record.raw.get("id", record.index)),
            index=position,
            input=record.question,
            reference=record.answer if record.answer.strip() else None,
            category=_label(record, "category"),
            source=_label(record, "source"),
        )
        for position, record in enumerate(records)
    )


def _label(record: Record, name: str) -> str | None:
    value = record.raw.get(name)
    return str(value) if isinstance(value, str | int) and str(value).strip() else None


def answered(records: list[Record], answers: list[Answers], dataset: Path) -> Material:
    """The records with the models' answers."""
    return Material(questions_of(records), tuple(answers), shown(dataset))


def made_up(models: list[str], records: list[Record], seed: int) -> list[Answers]:
    """Placeholder answers of test mode: words of the reference, more of them from model to model."""
    found = []
    for place, model in enumerate(models):
        draw = Random(f"{seed} {place}")
        share = (place + 1) / len(models)
        texts = [" ".join(word for word in record.answer.split() if draw.random() < share) for record in records]
        texts = [text or "MOCK" for text in texts]
        found.append(Answers(Path(model).name, tuple(texts), (None,) * len(texts)))
    return found


def _path(text: str) -> Path:
    return normalise_path(text, Path.cwd())
