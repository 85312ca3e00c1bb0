"""Parameters of checking, converting and splitting a dataset."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from backend.core.params.base import PathText, hints
from backend.core.params.groups import Data, ModelChoice, Rendering


class PreparationParams(Data, ModelChoice, Rendering):
    """Check a dataset, report on it as the model will see it, convert and split it."""

    title: ClassVar[str] = "Preparation"

    output_path: PathText | None = None
    """Write the converted records here (.json or .jsonl); empty = only report"""
    eval_dataset_path: PathText | None = Field(None, json_schema_extra=hints(widget="dataset"))
    """Validation file to look for leaked training questions"""
    validation_split: float = Field(0.0, ge=0, lt=1)
    """Share to split off into `<output>_validation`"""
    seed: int = Field(42, ge=0, le=2**32 - 1)
    """Seed of the split"""
    overwrite: bool = False
    """Replace an output file that exists"""
