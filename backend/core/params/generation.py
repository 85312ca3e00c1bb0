"""Parameters of making a dataset with a language model."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from backend.core.params.base import Params, PathText, Text, hints


class GenerationParams(Params):
    """Write a dataset about a topic with a language model."""

    title: ClassVar[str] = "Dataset"

    topic: Text
    """What the examples are about"""
    num_examples: int = Field(50, ge=1, le=100_000)
    """How many valid examples to make"""
    format_type: Literal["qa", "instruction", "conversation", "classification", "summarization", "reasoning"] = (
        "instruction"
    )
    """Kind of example"""
    output_path: PathText | None = Field(None, json_schema_extra=hints(advanced=True))
    """Where the dataset goes; empty = the data folder and the topic's name"""
    seed: int = Field(42, ge=0, le=2**32 - 1)
    """Seed of the plan of subtopics"""
