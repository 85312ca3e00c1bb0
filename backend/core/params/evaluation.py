"""Parameters of scoring predictions."""

from __future__ import annotations

from typing import ClassVar, Literal

from backend.core.params.base import Params, PathText


class EvaluationParams(Params):
    """Score predictions against references."""

    title: ClassVar[str] = "Evaluation"

    predictions: PathText = "predictions/predictions.json"
    """File of predictions, as `run_inference.py --input_file` writes it"""
    reference: PathText | None = None
    """Dataset with the references; empty = those stored beside the predictions"""
    baseline: PathText | None = None
    """Predictions of another model on the same questions, to show beside"""
    mode: Literal["reference"] = "reference"
    """Compare with the references"""
    output_dir: PathText = "evaluation"
    """Folder that receives one `run_<timestamp>` per evaluation"""
