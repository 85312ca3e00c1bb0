"""Parameters of evaluating: predictions or whole models, by metrics or by a judge."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from backend.core.params.base import Params, PathText, Text, hints
from backend.core.params.groups import PromptTemplate
from backend.core.params.llm import LLMParams

EvaluationMode = Literal["auto", "reference", "single", "rubric", "pairwise"]

MODES_IN_WORDS: dict[EvaluationMode, str] = {
    "auto": "`rubric` with a rubric, else `single` where there is a judge to ask (a key, or a server of your own), "
    "else `reference`.",
    "reference": "Compare with the references: exact match, word F1, ROUGE-L, chrF, BLEU. No key, no cost.",
    "single": "A judge grades each answer from 1 to 10, and four criteria apart.",
    "rubric": "A judge grades by your own criteria.",
    "pairwise": "A judge says which of two answers is better, asked in both orders.",
}
"""Every mode in a sentence."""

JUDGED: list[EvaluationMode] = ["auto", "single", "rubric", "pairwise"]
GRADED: list[EvaluationMode] = ["auto", "single", "rubric"]


class ComparedModels(Params):
    """Models to let answer a dataset and then compare, in one go."""

    title: ClassVar[str] = "Models to compare"

    models: list[Text] = Field([], max_length=8, json_schema_extra=hints(widget="models"))
    """Bases, adapters and merged models to ask; the first is the baseline, the last the one it is about"""
    dataset_path: PathText | None = Field(None, json_schema_extra=hints(widget="dataset"))
    """Questions with references that none of the models was trained on"""
    max_items: int | None = Field(None, ge=1, le=10_000_000)
    """Ask only so many of them, drawn by the seed; empty = all"""
    column_mapping: dict[Text, Text] = Field({}, max_length=20, json_schema_extra=hints(advanced=True))
    """Which column of `dataset_path` plays which part, e.g. `input=question output=answer`; empty = recognised"""
    pair: Literal["auto", "yes", "no"] = Field(
        "auto", json_schema_extra=hints(advanced=True, when={"mode": list(GRADED)})
    )
    """Have a judge that grades compare the answers in pairs too; `auto` = when it compares models"""
    max_new_tokens: int = Field(256, ge=1, le=131_072, json_schema_extra=hints(advanced=True, unit="tokens"))
    """Longest answer of the models"""
    system_prompt: Text | None = Field(None, json_schema_extra=hints(advanced=True))
    """System message before each question"""
    prompt_template: PromptTemplate = Field("auto", json_schema_extra=hints(advanced=True))
    """Layout of the conversation; `auto` takes what the adapter was trained with"""
    perplexity: bool = Field(True, json_schema_extra=hints(advanced=True))
    """Measure how well each model predicts the references"""
    device: Literal["auto", "cuda", "mps", "cpu"] = Field("auto", json_schema_extra=hints(advanced=True))
    """Where the models run"""
    load_in_4bit: bool = Field(True, json_schema_extra=hints(advanced=True))
    """Load the models in 4 bit, as adapters of this project were trained"""


class Judging(Params):
    """Who judges, how often, and by what."""

    title: ClassVar[str] = "Judge"

    judges: list[Text] = Field([], max_length=8, json_schema_extra=hints(when={"mode": list(JUDGED)}))
    """Models that judge, all of them each item; empty = EVAL_MODEL"""
    repeats: int = Field(1, ge=1, le=20, json_schema_extra=hints(when={"mode": list(JUDGED)}))
    """Times each judge is asked about each item"""
    rubric: PathText | None = Field(None, json_schema_extra=hints(widget="rubric", when={"mode": ["auto", "rubric"]}))
    """File of your own criteria, as in config/rubrics/"""
    commit_first: bool = Field(False, json_schema_extra=hints(advanced=True, when={"mode": list(GRADED)}))
    """The judge writes its own answer before it sees the one to grade; one call more per question"""
    controls: int = Field(3, ge=0, le=50, json_schema_extra=hints(advanced=True, when={"mode": list(JUDGED)}))
    """Planted answers of each kind that test the judge; they never count for a model"""
    human: PathText | None = Field(None, json_schema_extra=hints(widget="predictions", advanced=True))
    """File of people's grades, `{"id", "score"}` each, to hold the judge against"""
    judge_max_tokens: int = Field(700, ge=32, le=32_768, json_schema_extra=hints(advanced=True, unit="tokens"))
    """Longest answer of the judge; twice as much once when it was cut off"""


class Thresholds(Params):
    """What counts as good, and as enough."""

    title: ClassVar[str] = "Thresholds"

    metric: Literal["em", "f1", "rouge_l", "chrf"] = Field("em", json_schema_extra=hints(when={"mode": ["reference"]}))
    """The metric that is the score in mode `reference`; the others are always there too"""
    pass_threshold: float | None = Field(None, ge=-1e6, le=1e6)
    """Scores at or above it pass; empty = 7 of 10 in `single`, the rubric's own, all of it for exact match"""
    min_coverage: Annotated[float, Field(ge=0, le=1)] = 0.95
    """Finish with exit code 3 when a smaller share of the items has a score"""


class EvaluationParams(ComparedModels, Judging, Thresholds, LLMParams):
    """Score answers against references or by a judge, and compare models item by item."""

    title: ClassVar[str] = "Evaluation"

    # PREDICTIONS, MODELS, COMPARE are other programs' words too, and a dataset in the environment is training's.
    never_from_environment: ClassVar[frozenset[str]] = frozenset({
        "predictions", "reference", "baseline", "models", "dataset_path", "column_mapping", "system_prompt", "compare",
        "rescore", "resume", "tag", "rubric", "human", "pair", "metric", "controls", "perplexity",
        # A job takes none of these from anybody; OPENAI_API_BASE is a setting already.
        "openai_api_base", "api_key_env", "prices_file",
    })  # fmt: skip

    predictions: PathText | None = Field(None, json_schema_extra=hints(widget="predictions"))
    """File of predictions, as `run_inference.py --input_file` writes it; empty = predictions/predictions.json"""
    reference: PathText | None = Field(None, json_schema_extra=hints(widget="dataset"))
    """Dataset with the references; empty = those stored beside the predictions"""
    baseline: PathText | None = Field(None, json_schema_extra=hints(widget="predictions"))
    """Predictions of another model on the same questions, to compare with"""
    mode: EvaluationMode = Field("auto", json_schema_extra=hints(widget="options", options=MODES_IN_WORDS))
    """How to score"""
    output_dir: PathText = "evaluation"
    """Folder that receives one `run_<timestamp>` per evaluation"""
    tag: Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")] | None = None
    """A word for the run's name"""
    seed: int = Field(42, ge=0, le=2**32 - 1)
    """Seed of everything drawn: planted controls, bootstrap intervals, `max_items`"""
    compare: list[PathText] = Field([], max_length=2)
    """Compare two finished runs item by item instead: RUN_A RUN_B"""
    rescore: PathText | None = None
    """Compute a finished run's metrics, figures and reports again instead, without asking anybody"""
    resume: PathText | None = None
    """Continue a stopped run"""

    @model_validator(mode="after")
    def _fits_together(self) -> EvaluationParams:
        if self.models and self.dataset_path is None and not self.resume:
            raise ValueError("models are given without questions: name them with dataset_path")
        if self.dataset_path is not None and not self.models:
            raise ValueError("dataset_path is given without models: name them with models, the baseline first")
        if self.models and (self.baseline or self.predictions):
            raise ValueError("models and predictions are both given: choose one")
        if len(set(self.models)) < len(self.models):
            raise ValueError("models: one of them is named twice")
        if len(set(self.judges)) < len(self.judges):
            raise ValueError("judges: one of them is named twice")
        if self.mode == "pairwise" and len(self.models) < 2 and not self.baseline and not self.resume:
            raise ValueError("pairwise needs two: give baseline, or two models")
        if self.mode == "rubric" and self.rubric is None and not self.resume:
            raise ValueError("mode rubric needs a file of criteria: give rubric")
        if self.rubric is not None and self.mode not in ("auto", "rubric"):
            raise ValueError(f"a rubric is given for mode {self.mode}: choose rubric")
        if self.compare and len(self.compare) != 2:
            raise ValueError("compare takes two runs: RUN_A RUN_B")
        if sum(map(bool, (self.compare, self.rescore, self.resume))) > 1:
            raise ValueError("compare, rescore and resume exclude one another: choose one")
        return self
