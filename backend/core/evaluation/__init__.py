"""Evaluation: predictions in, scores with what they rest on out; no score is ever invented, no item ever dropped."""

from backend.core.evaluation.evaluator import (
    Item,
    ModelEvaluator,
    read_predictions,
    read_references,
    summarise,
    write_run,
)

__all__ = ["Item", "ModelEvaluator", "read_predictions", "read_references", "summarise", "write_run"]
