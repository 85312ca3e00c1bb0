"""Scoring predictions that are in memory already, against references: what `eval.py` does for files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from backend.core import metrics
from backend.core.data.records import BadRecord
from backend.core.errors import InvalidInput
from backend.core.evaluation.aggregation import Measure, figures_of
from backend.core.evaluation.grading import Grader
from backend.core.evaluation.items import Answers, Material, Question, question_of, whole
from backend.core.evaluation.rows import ResultRow
from backend.core.evaluation.summary import ModelFigures

MetricName = Literal["em", "f1", "rouge_l", "chrf"]


class ModelEvaluator:
    """Scores one model's predictions.

    Args:
        predictions: rows of `{"id", "input", "reference", "prediction", "model"}`; only `prediction` is needed.
        references: by id, in place of those in the rows.
        metric: which of the metrics is the score.

    Raises:
        InvalidInput: there are none, or a row cannot be used; its position is named.
    """

    def __init__(
        self,
        predictions: Sequence[Mapping[str, Any]],
        references: Mapping[str, str] | None = None,
        metric: MetricName = "em",
    ) -> None:
        if not predictions:
            raise InvalidInput("There are no predictions to score.", "predictions")
        questions: list[Question] = []
        rows = [whole(dict(row)) for row in predictions]
        for index, row in enumerate(rows):
            try:
                question = question_of(row, index)
            except BadRecord as bad:
                raise InvalidInput(f"Prediction {index}: {bad.field} {bad.message}.", "predictions") from None
            given = (references or {}).get(question.item_id)
            questions.append(question if given is None else replace(question, reference=given))
        texts = tuple(str(row.get("prediction") or "") for row in rows)
        model = str(rows[0].get("model") or "model")
        self.material = Material(tuple(questions), (Answers(model, texts, (None,) * len(texts)),), "memory")
        self.metric = metric

    def evaluate(self) -> list[ResultRow]:
        """Every prediction with its metrics, in order; without a reference its score is None."""
        return Grader(self.material, None, {}, self.metric, "reference").rows()

    def figures(self, seed: int = 42) -> ModelFigures:
        """Means with their intervals."""
        threshold = 1.0 if self.metric == "em" else None
        measure = Measure(self.metric, metrics.SCALES[self.metric], threshold, (), seed)
        return figures_of(self.material.main.model, self.evaluate(), self.material.questions, measure)
