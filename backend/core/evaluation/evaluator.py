"""Predictions against references: every item scored or accounted for, and a summary with intervals."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from backend.core.datasets import load_records
from backend.core.errors import InvalidInput
from backend.core.files import partial_of, publish, write_atomically, write_json
from backend.core.metrics import exact_match, token_f1
from backend.core.rows import read_text
from backend.core.statistics import wilson_interval


@dataclass(frozen=True)
class Item:
    """One scored prediction; without a reference it has a status that says so, and no score."""

    item_id: str
    index: int
    status: str
    input: str
    reference: str | None
    prediction: str
    exact_match: float | None
    token_f1: float | None

    @property
    def score(self) -> float | None:
        """The item's main score: exact match."""
        return self.exact_match


class ModelEvaluator:
    """Scores a file of predictions.

    Args:
        predictions: rows of `{"id", "input", "reference", "prediction", "model"}`.
        references: by id, in place of those in the rows.
    """

    def __init__(self, predictions: Sequence[Mapping[str, Any]], references: Mapping[str, str] | None = None) -> None:
        self.predictions = list(predictions)
        self.references = references or {}

    def evaluate(self) -> list[Item]:
        """Every prediction as an item, in order."""
        return [self._item(index, row) for index, row in enumerate(self.predictions)]

    def _item(self, index: int, row: Mapping[str, Any]) -> Item:
        item_id = str(row.get("id", index))
        reference = self.references.get(item_id, row.get("reference"))
        prediction = str(row.get("prediction") or "")
        if not isinstance(reference, str) or not reference.strip():
            return Item(item_id, index, "no_reference", str(row.get("input", "")), None, prediction, None, None)
        return Item(
            item_id,
            index,
            "scored",
            str(row.get("input", "")),
            reference,
            prediction,
            exact_match(prediction, reference),
            token_f1(prediction, reference),
        )


def read_predictions(path: Path) -> list[dict[str, Any]]:
    """The rows of a predictions file. Raises InvalidInput when it is none."""
    try:
        rows = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise InvalidInput(f"{path} is not JSON: {error.msg} at line {error.lineno}.", "predictions") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) and "prediction" in row for row in rows):
        raise InvalidInput(
            f'{path} is no predictions file: a list of {{"id", "input", "reference", "prediction"}} is expected, as '
            "run_inference.py --input_file writes it.",
            "predictions",
        )
    if not rows:
        raise InvalidInput(f"{path} holds no predictions.", "predictions")
    return rows


def read_references(path: Path) -> dict[str, str]:
    """Reference answers of a dataset, by the records' ids (their `id` field, else their position)."""
    return {str(record.raw.get("id", record.index)): record.answer for record in load_records(path).records}


def summarise(items: Sequence[Item]) -> dict[str, Any]:
    """Means over the scored items, with the 95 % interval of exact match."""
    scored = [item for item in items if item.status == "scored"]
    hits = sum(item.exact_match or 0.0 for item in scored)
    low, high = wilson_interval(hits, len(scored))
    return {
        "items": len(items),
        "scored": len(scored),
        "exact_match": hits / len(scored) if scored else None,
        "exact_match_interval": [low, high] if scored else None,
        "token_f1": sum(item.token_f1 or 0.0 for item in scored) / len(scored) if scored else None,
    }


def write_run(output_dir: Path, items: Sequence[Item], summary: Mapping[str, Any]) -> Path:
    """Write `run_<timestamp>/results.jsonl` and `summary.json`, published whole; returns the folder."""
    output_dir.mkdir(parents=True, exist_ok=True)
    stamp = datetime.now(timezone.utc).strftime("%Y%m%d_%H%M%S_%f")[:-3]
    target = output_dir / f"run_{stamp}"
    partial = partial_of(target)
    partial.mkdir()
    rows = [json.dumps({**vars(item), "score": item.score}, ensure_ascii=False) + "\n" for item in items]
    write_atomically(partial / "results.jsonl", "".join(rows))
    write_json(partial / "summary.json", dict(summary))
    publish(partial, target)
    return target
