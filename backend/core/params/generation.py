"""Parameters of making a dataset with a language model."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from backend.core.params.base import Name, Params, PathText, Text, hints
from backend.core.params.llm import LLMParams

FormatType = Literal["instruction", "qa", "chat", "classification", "cot", "preference"]

FORMATS_IN_WORDS: dict[FormatType, str] = {
    "instruction": "A task and an excellent answer.",
    "qa": "A question and its answer; from documents also the passage that proves it.",
    "chat": "A conversation of several turns.",
    "classification": "A text and its label from a closed set, labels in balance.",
    "cot": "A problem, the reasoning step by step, and the result.",
    "preference": "A request with a better and a worse answer, as a judge prefers them in both orders.",
}
"""Every type in a sentence."""

Line = Annotated[Text, Field(min_length=1, max_length=200)]


class GenerationSources(Params):
    title: ClassVar[str] = "Sources"

    seeds: PathText | None = Field(None, json_schema_extra=hints(widget="dataset"))
    """Dataset of examples to match in style; none of them is repeated"""
    documents: list[PathText] = Field([], max_length=100, json_schema_extra=hints(widget="documents"))
    """Write from these texts alone: .txt, .md or .pdf"""
    against: list[PathText] = Field([], max_length=20, json_schema_extra=hints(widget="datasets"))
    """Datasets or prediction files that the data must not repeat: what stands in them is left out and listed"""

    avoid_earlier: bool = Field(True, json_schema_extra=hints(advanced=True))
    """Leave out what earlier datasets on the same topic hold"""


class GenerationChecks(Params):
    title: ClassVar[str] = "Quality"

    quality_min: float = Field(0.0, ge=0, le=10)
    """Have every record graded from 1 to 10 and leave out what is below; 0 = no grading"""
    judge_model: Line | None = Field(None, json_schema_extra=hints(advanced=True))
    """Model that grades and compares; empty = the one that writes"""
    split: float = Field(0.0, ge=0, le=0.9)
    """Share of the records for a test file; what belongs together stays on one side"""
    evolve: float = Field(0.0, ge=0, le=1, json_schema_extra=hints(advanced=True))
    """Share of the records that are made harder after they were written (Evol-Instruct, arXiv:2304.12244)"""
    plain: bool = Field(False, json_schema_extra=hints(advanced=True))
    """Publish `input` and `output` alone, without the further fields of the type"""
    batch_size: int = Field(5, ge=1, le=10, json_schema_extra=hints(advanced=True))
    """Records asked for in one request, at most: a request that fails loses as many"""


class GenerationParams(GenerationSources, GenerationChecks, LLMParams):
    """Write a dataset about a topic with a language model."""

    title: ClassVar[str] = "Dataset"

    # Shells and systems use LANGUAGE and NAME for themselves, TEMPERATURE is that of answers; the others name one run.
    never_from_environment: ClassVar[frozenset[str]] = frozenset({
        "topic", "num_examples", "name", "output_path", "language", "difficulty", "personas", "labels", "temperature",
        "seeds", "documents", "against", "split", "evolve", "plain", "resume", "sample", "dry_run",
        # A job takes none of these from anybody; OPENAI_API_BASE is a setting already.
        "openai_api_base", "api_key_env", "prices_file",
    })  # fmt: skip

    topic: Text = ""
    """What the examples are about; may be left out with documents or examples"""
    num_examples: int = Field(50, ge=1, le=100_000)
    """How many valid examples to make: exactly so many, or the reasons why not"""
    format_type: FormatType = Field("instruction", json_schema_extra=hints(widget="options", options=FORMATS_IN_WORDS))
    """Kind of example"""
    language: Line = "English"
    """Language of the examples"""
    difficulty: Literal["mix", "easy", "medium", "hard"] = "mix"
    """How hard; `mix` is three easy, five medium, two hard in ten"""
    personas: list[Line] = Field([], max_length=50, json_schema_extra=hints(advanced=True))
    """Whom the examples are for, in turn; `various` takes a built-in dozen, empty = nobody in particular"""
    labels: list[Line] = Field([], max_length=50, json_schema_extra=hints(when={"format_type": ["classification"]}))
    """The closed set of labels; empty = the model names them"""
    model_gen: Line | None = None
    """Model that writes; empty = the one of the settings"""
    temperature: float = Field(0.9, ge=0, le=2, json_schema_extra=hints(advanced=True))
    """Randomness of writing"""
    seed: int = Field(42, ge=0, le=2**32 - 1)
    """Seed of the plan and of the split"""
    name: Name | None = None
    """Name of the dataset; empty = made of topic, type, number and time"""
    output_path: PathText | None = Field(None, json_schema_extra=hints(advanced=True))
    """Where the dataset goes (.json); empty = the data folder"""
    sample: bool = Field(False, json_schema_extra=hints(advanced=True))
    """Write three records to look at, and publish nothing"""
    resume: Name | None = Field(None, json_schema_extra=hints(advanced=True))
    """Go on with an unfinished run, by its name in `runs/` of the data folder"""

    @model_validator(mode="after")
    def _enough_said(self) -> GenerationParams:
        if not self.resume and not self.topic.strip() and not self.documents and not self.seeds:
            raise ValueError("topic is empty: say what the examples are about, or give documents or seeds")
        if self.labels and self.format_type != "classification":
            raise ValueError("labels: only examples of the type classification have labels")
        if len({label.casefold() for label in self.labels}) != len(self.labels) or len(self.labels) == 1:
            raise ValueError("labels: give at least two, each once")
        if self.split and self.num_examples < 2:
            raise ValueError("split: one example cannot be divided; raise num_examples")
        if self.name and self.output_path:
            raise ValueError("name and output_path are both given: choose one")
        return self
