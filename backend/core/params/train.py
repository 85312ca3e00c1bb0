"""Parameters of a training run."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from backend.core.params.base import Name, PathText, Text, hints
from backend.core.params.groups import (
    Data,
    Lora,
    Memory,
    ModelChoice,
    Optimisation,
    Processes,
    Quantisation,
    Rendering,
    SampleAnswers,
    Throughput,
    Tracking,
    Translated,
)


class TrainParams(
    Data,
    ModelChoice,
    Lora,
    Optimisation,
    Translated,
    SampleAnswers,
    Tracking,
    Throughput,
    Memory,
    Processes,
    Quantisation,
    Rendering,
):
    """Fine-tune a base model on a file of examples with QLoRA."""

    title: ClassVar[str] = "Run"

    never_from_environment: ClassVar[frozenset[str]] = frozenset({"measured_steps"})

    adapter_name: Name | None = None
    """Name of the adapter in the registry; empty = the output folder's name"""
    output_dir: PathText | None = Field(None, json_schema_extra=hints(advanced=True))
    """Folder of the finished adapter; empty = the models folder and the adapter's name"""
    description: Text = Field("", json_schema_extra=hints(widget="textarea", advanced=True))
    """A line about the adapter for the registry and the model card"""
    eval_dataset_path: PathText | None = Field(None, json_schema_extra=hints(widget="dataset", advanced=True))
    """Separate file of validation examples"""
    validation_split: float = Field(0.0, ge=0, lt=1, json_schema_extra=hints(advanced=True))
    """Share of the training data held out for validation"""
    completion_only_loss: bool = Field(True, json_schema_extra=hints(advanced=True))
    """Learn only the assistant's tokens; off = the whole text"""
    max_train_samples: int | None = Field(None, ge=1, le=1_000_000_000, json_schema_extra=hints(advanced=True))
    """Use only the first so many examples; empty = all"""
    register_adapter: bool = Field(True, json_schema_extra=hints(advanced=True))
    """List the finished adapter in the registry"""
    resume: bool = Field(False, json_schema_extra=hints(managed=True))
    """Continue the unfinished run of this output folder from its newest whole checkpoint"""
    resume_with_changes: bool = Field(False, json_schema_extra=hints(managed=True))
    """Resume although data, versions or parameters changed; never with another base, adapter or optimiser"""
    dry_run: bool = Field(False, json_schema_extra=hints(managed=True))
    """Print the plan (tokens, truncation, steps, memory, time) and stop"""
    measured_steps: int = Field(0, ge=0, le=50, json_schema_extra=hints(managed=True, unit="steps"))
    """With dry_run: take so many optimiser steps of the run, half a minute at most, and tell time and memory from
    them; 0 = only count. Nothing is kept"""

    @model_validator(mode="after")
    def _named(self) -> TrainParams:
        if self.adapter_name is None and self.output_dir is None:
            raise ValueError("adapter_name and output_dir are both empty: give the adapter a name")
        if self.eval_dataset_path is not None and self.validation_split > 0:
            raise ValueError("eval_dataset_path and validation_split are both given: choose one")
        if self.early_stopping_patience and not (self.eval_dataset_path or self.validation_split):
            raise ValueError("early_stopping_patience needs validation_split or eval_dataset_path")
        if self.activation_offload and not self.gradient_checkpointing:
            raise ValueError("activation_offload moves what gradient_checkpointing keeps: set both")
        if self.measured_steps and not self.dry_run:
            raise ValueError("measured_steps are steps of a dry run: set dry_run too")
        return self
