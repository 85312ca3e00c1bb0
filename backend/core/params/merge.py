"""Parameters of merging adapters."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from backend.core.params.base import Params, PathText, Text, hints

MergeMethod = Literal[
    "sum", "linear", "cat", "svd", "ties", "ties_svd", "dare_linear", "dare_ties", "dare_linear_svd",
    "dare_ties_svd", "magnitude_prune", "magnitude_prune_svd", "knots_ties", "core_ties", "tsv",
]  # fmt: skip

METHODS_IN_WORDS: dict[MergeMethod, str] = {
    "sum": "The exact weighted sum of what the adapters change, cut to the rank that keeps it.",
    "svd": "PEFT's name for the same sum; the rank is the largest among the adapters unless given.",
    "cat": "The exact sum, uncut: the ranks add up.",
    "ties_svd": "TIES (arXiv:2306.01708): small changes dropped, then the majority's sign decides each element.",
    "dare_linear_svd": "DARE (arXiv:2311.03099): changes dropped at random, the rest scaled up, then summed.",
    "dare_ties_svd": "DARE's random dropping, then the majority's sign decides each element.",
    "magnitude_prune_svd": "Only the largest changes of each adapter, summed.",
    "knots_ties": "TIES in a basis that all adapters share (KnOTS, arXiv:2410.19735): often better for LoRA.",
    "core_ties": "TIES in the small common core of the adapters (arXiv:2509.17786): the quickest TIES there is.",
    "tsv": "Each adapter's main directions, made orthogonal before they are added (TSV-M, arXiv:2412.00081).",
    "linear": "PEFT's sum of the factors, which is not the sum of the changes: as PEFT does it, for comparison.",
    "ties": "PEFT's TIES on the factors apart; ties_svd works on the changes themselves.",
    "dare_linear": "PEFT's DARE on the factors apart; dare_linear_svd works on the changes themselves.",
    "dare_ties": "PEFT's DARE with TIES on the factors apart; dare_ties_svd works on the changes themselves.",
    "magnitude_prune": "PEFT's pruning of the factors apart; magnitude_prune_svd works on the changes themselves.",
}
"""Every method in a sentence, those to be tried first on top."""

PRUNING: list[MergeMethod] = [
    "ties_svd", "dare_linear_svd", "dare_ties_svd", "magnitude_prune_svd", "knots_ties", "core_ties",
    "ties", "dare_linear", "dare_ties", "magnitude_prune",
]  # fmt: skip
ELECTING: list[MergeMethod] = ["ties_svd", "dare_ties_svd", "knots_ties", "core_ties", "ties", "dare_ties"]
DRAWING: list[MergeMethod] = ["dare_linear_svd", "dare_ties_svd", "dare_linear", "dare_ties"]
RANKED: list[MergeMethod] = [
    "sum", "svd", "ties_svd", "dare_linear_svd", "dare_ties_svd", "magnitude_prune_svd", "knots_ties", "core_ties",
    "tsv",
]  # fmt: skip

RankText = Annotated[str, Field(max_length=32, pattern=r"^(max|sum|[1-9][0-9]{0,3}|energy:(0?\.[0-9]{1,9}|1(\.0)?))$")]
"""How the rank of the result is chosen."""


class MergeIntoBase(Params):
    title: ClassVar[str] = "Into the base"

    into_base: bool = False
    """Write a full model: the updates of all adapters added to the base weights, rounded once"""
    base_model_name: PathText | None = Field(None, json_schema_extra=hints(widget="model"))
    """Base model to add to and to prove with; empty = the one the adapters were trained on"""
    base_view: Literal["stored", "nf4-roundtrip"] = Field(
        "stored", json_schema_extra=hints(advanced=True, when={"into_base": [True]})
    )
    """Add to the weights as stored, or as 4-bit training saw them"""
    untie: bool = Field(False, json_schema_extra=hints(advanced=True, when={"into_base": [True]}))
    """Let an adapter on tied embeddings give the model a head of its own"""


class MergeChecks(Params):
    title: ClassVar[str] = "Checks"

    report: bool = False
    """Compare the adapters and write nothing"""
    verify: PathText | None = None
    """Check a finished merge instead: every hash, and a sample of the updates computed again"""
    prove: bool = True
    """Compare the result with the adapters on held-out prompts, and set it aside when it fails"""
    proof_prompts: int = Field(32, ge=1, le=10_000, json_schema_extra=hints(advanced=True, when={"prove": [True]}))
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

    # BASE_MODEL_NAME is what training starts from; the adapters know their own. RANK is torchrun's.
    never_from_environment: ClassVar[frozenset[str]] = frozenset({"base_model_name", "rank", "verify", "adapters"})

    adapters: list[Text] = Field([], max_length=16, json_schema_extra=hints(widget="adapter"))
    """Adapters with their weights, as `name:weight` or `folder:weight`; without a weight, 1"""
    output_dir: PathText | None = None
    """Folder of the merged adapter or model; the name of the last folder is its name"""
    method: MergeMethod = Field("sum", json_schema_extra=hints(widget="options", options=METHODS_IN_WORDS))
    """How to combine; `sum` is the exact weighted sum of the updates"""
    rank: RankText | None = Field(None, json_schema_extra=hints(when={"into_base": [False], "method": RANKED}))
    """Rank of the result: `max` or `sum` of the adapters' ranks, a number, or `energy:0.999` for as many as keep that
    share; empty = `energy:0.999`, and `max` for PEFT's names"""
    density: float | None = Field(None, gt=0, le=1, json_schema_extra=hints(when={"method": PRUNING}))
    """Share of each update that ties, dare and magnitude_prune keep; empty = 0.5"""
    normalize: bool = False
    """Divide the weights by their sum"""
    majority_sign_method: Literal["total", "frequency"] = Field(
        "total", json_schema_extra=hints(advanced=True, when={"method": ELECTING})
    )
    """What decides the sign in ties: the sum of the values, or of the signs"""
    seed: int = Field(42, ge=0, le=2**32 - 1, json_schema_extra=hints(when={"method": DRAWING}))
    """Seed of the random pruning in dare"""
    output_dtype: Literal["float32", "bfloat16", "float16"] = Field(
        "float32", json_schema_extra=hints(advanced=True, when={"into_base": [False]})
    )
    """Precision in which the merged adapter is stored"""
    description: Text = Field("", json_schema_extra=hints(advanced=True))
    """A line about the result, for the registry and the model card"""
    register_adapter: bool = Field(True, json_schema_extra=hints(advanced=True, when={"into_base": [False]}))
    """List the merged adapter in the registry, once it has passed its proof"""

    @model_validator(mode="after")
    def _enough_said(self) -> MergeParams:
        if self.verify is None and not self.adapters:
            raise ValueError("adapters is empty: name at least one, as name:weight")
        if self.verify is None and not self.report and self.output_dir is None:
            raise ValueError("output_dir is missing: say where the result goes")
        return self
