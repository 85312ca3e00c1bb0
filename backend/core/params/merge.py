"""Parameters of merging adapters."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from backend.core.params.base import Params, PathText, Text, hints

MergeMethod = Literal[
    "sum", "linear", "cat", "svd", "ties", "ties_svd", "dare_linear", "dare_ties", "dare_linear_svd",
    "dare_ties_svd", "magnitude_prune", "magnitude_prune_svd", "knots_ties", "core_ties", "tsv",
]  # fmt: skip

RankText = Annotated[str, Field(pattern=r"^(max|sum|[1-9][0-9]{0,3}|energy:(0?\.[0-9]{1,9}|1(\.0)?))$")]
"""How the rank of the result is chosen."""


class MergeIntoBase(Params):
    title: ClassVar[str] = "Into the base"

    into_base: bool = False
    """Write a full model: the updates of all adapters added to the base weights, rounded once"""
    base_model_name: PathText | None = Field(None, json_schema_extra=hints(widget="model"))
    """Base model to add to and to prove with; empty = the one the adapters were trained on"""
    base_view: Literal["stored", "nf4-roundtrip"] = Field("stored", json_schema_extra=hints(advanced=True))
    """Add to the weights as stored, or as 4-bit training saw them"""
    untie: bool = Field(False, json_schema_extra=hints(advanced=True))
    """Let an adapter on tied embeddings give the model a head of its own"""


class MergeChecks(Params):
    title: ClassVar[str] = "Checks"

    report: bool = False
    """Compare the adapters and write nothing"""
    verify: PathText | None = None
    """Check a finished merge instead: every hash, and a sample of the updates computed again"""
    prove: bool = True
    """Compare the result with the adapters on held-out prompts, and set it aside when it fails"""
    proof_prompts: int = Field(32, ge=1, le=10_000, json_schema_extra=hints(advanced=True))
    """Held-out prompts of each adapter in the proof"""
    allow_partial: bool = Field(False, json_schema_extra=hints(advanced=True))
    """Accept adapters that adapt different layers: a missing update counts as nothing"""
    allow_duplicates: bool = Field(False, json_schema_extra=hints(advanced=True))
    """Accept the same adapter twice"""
    assume_same_base: bool = Field(False, json_schema_extra=hints(advanced=True))
    """Accept adapters that name different bases; their shapes must still agree"""


class MergeParams(MergeIntoBase, MergeChecks):
    """Combine several adapters of one base model into one, or into the base itself."""

    title: ClassVar[str] = "Merge"

    adapters: list[Text] = Field([], max_length=16, json_schema_extra=hints(widget="adapter"))
    """Adapters with their weights, as `name:weight` or `folder:weight`; without a weight, 1"""
    output_dir: PathText | None = None
    """Folder of the merged adapter or model; the name of the last folder is its name"""
    method: MergeMethod = "sum"
    """How to combine; `sum` is the exact weighted sum of the updates"""
    rank: RankText | None = None
    """Rank of the result: `max` or `sum` of the adapters' ranks, a number, or `energy:0.999` for as many as keep that
    share; empty = `energy:0.999`, and `max` for PEFT's names"""
    density: float | None = Field(None, gt=0, le=1)
    """Share of each update that ties, dare and magnitude_prune keep; empty = 0.5"""
    normalize: bool = False
    """Divide the weights by their sum"""
    majority_sign_method: Literal["total", "frequency"] = Field("total", json_schema_extra=hints(advanced=True))
    """What decides the sign in ties: the sum of the values, or of the signs"""
    seed: int = Field(42, ge=0, le=2**32 - 1)
    """Seed of the random pruning in dare"""
    output_dtype: Literal["float32", "bfloat16", "float16"] = Field("float32", json_schema_extra=hints(advanced=True))
    """Precision in which the merged adapter is stored"""
    description: Text = ""
    """A line about the result, for the registry and the model card"""
    register_adapter: bool = True
    """List the merged adapter in the registry, once it has passed its proof"""

    @model_validator(mode="after")
    def _enough_said(self) -> MergeParams:
        if self.verify is None and not self.adapters:
            raise ValueError("adapters is empty: name at least one, as name:weight")
        if self.verify is None and not self.report and self.output_dir is None:
            raise ValueError("output_dir is missing: say where the result goes")
        return self
