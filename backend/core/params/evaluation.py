"""Parameters of scoring predictions."""

from __future__ import annotations

from typing import ClassVar, Literal

from backend.core.params.base import Params, PathText


class EvaluationParams(Params):
    """Score predictions against references, or let a judge model score them."""

    title: ClassVar[str] = "Evaluation"

    predictions: PathText = "predictions/predictions.json"
    """File of predictions, as `run_inference.py --input_file` writes it"""
    reference: PathText | None = None
    """Dataset with the references; empty = those stored beside the predictions"""
    mode: Literal["reference", "single", "pairwise"] = "reference"
    """Compare with references, let a judge score each answer, or let it choose between two"""
    output_dir: PathText = "evaluation"
    """Folder that receives one `run_<timestamp>` per evaluation"""
