"""Parameters of merging adapters."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from backend.core.params.base import Params, PathText, Text, hints

MergeMethod = Literal[
    "sum", "linear", "cat", "svd", "ties", "ties_svd", "dare_linear", "dare_ties", "dare_linear_svd",
    "dare_ties_svd", "magnitude_prune", "magnitude_prune_svd",
]  # fmt: skip


class MergeParams(Params):
    """Combine several adapters of one base model into one."""

    title: ClassVar[str] = "Merge"

    adapters: list[Text] = Field(min_length=1, max_length=16, json_schema_extra=hints(widget="adapter"))
    """Adapters with their weights, as `name:weight` or `folder:weight`"""
    output_dir: PathText
    """Folder of the merged adapter or model"""
    method: MergeMethod = "sum"
    """How to combine; `sum` is the exact weighted sum of the updates"""
    rank: int | None = Field(None, ge=1, le=4096)
    """Rank of the result for the svd family; empty = the largest rank among the adapters"""
    density: float | None = Field(None, gt=0, le=1)
    """Share of each update kept by ties, dare and magnitude_prune"""
    seed: int = Field(42, ge=0, le=2**32 - 1)
    """Seed of the random pruning in dare"""
    into_base: bool = False
    """Write a full model with the sum added to the base weights"""
    report: bool = False
    """Compare the adapters and write nothing"""
