"""Parameters of an export, and of what is published of one."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from backend.core.params.base import Params, PathText, Text, hints
from backend.core.params.hub_id import is_hub_id

ExportForm = Literal["adapter", "merged", "gguf", "gguf_adapter"]

FORMS_IN_WORDS: dict[ExportForm, str] = {
    "adapter": "The adapter as it is, a PEFT folder: for transformers, vLLM and text-generation-inference.",
    "merged": "A whole model as safetensors, the adapter added to its base: for anything that loads a model.",
    "gguf": "A whole model as one GGUF file, for Ollama and llama.cpp; needs llama.cpp's converter on this machine.",
    "gguf_adapter": "The adapter alone as a GGUF file, beside a base that Ollama or llama.cpp has already.",
}
"""Every form in a sentence."""


class ExportChecks(Params):
    title: ClassVar[str] = "Checks"

    check: bool = Field(False, json_schema_extra=hints(advanced=True))
    """Only compare how the model is asked here and elsewhere with how it was trained; write nothing"""
    allow_mismatch: bool = Field(False, json_schema_extra=hints(advanced=True))
    """Write it although it would be asked otherwise than it was trained; the record says so"""


class ExportParams(ExportChecks):
    """Write an adapter or a model for other programs, once it is proved that they will ask it as it was trained."""

    title: ClassVar[str] = "Export"
    never_from_environment: ClassVar[frozenset[str]] = frozenset({
        "model", "form", "output_dir", "base_model_name", "outtype", "ollama", "ollama_base", "check",
        "allow_mismatch",
    })  # fmt: skip

    model: PathText = Field(json_schema_extra=hints(widget="made"))
    """An adapter of the registry, or a model in the models folder; on the command line any folder"""
    form: ExportForm = Field("adapter", json_schema_extra=hints(widget="options", options=FORMS_IN_WORDS))
    """What is written"""
    output_dir: PathText | None = None
    """New folder for the export"""
    base_model_name: PathText | None = Field(None, json_schema_extra=hints(widget="model", advanced=True))
    """Base model of an adapter; empty = the one it was trained on"""
    outtype: Literal["f32", "f16", "bf16", "q8_0", "auto"] = Field(
        "f16", json_schema_extra=hints(when={"form": ["gguf"]})
    )
    """Precision of the GGUF file, in llama.cpp's words"""
    ollama: bool = Field(True, json_schema_extra=hints(when={"form": ["merged", "gguf", "gguf_adapter"]}))
    """Write a Modelfile for Ollama too; Ollama takes an adapter alone as GGUF only"""
    ollama_base: Text | None = Field(None, json_schema_extra=hints(when={"form": ["gguf_adapter"]}))
    """What Ollama calls the base of an adapter, such as `qwen2.5:0.5b-instruct-fp16`; empty = its folder"""

    @model_validator(mode="after")
    def _has_a_place(self) -> ExportParams:
        if self.output_dir is None and not self.check:
            raise ValueError("output_dir is missing: say where the export goes, or set check to write nothing")
        return self


def _hub_id(text: str) -> str:
    if not is_hub_id(text):
        raise ValueError("must be owner/name, as the hub calls a model")
    return text


class PublishParams(Params):
    """Upload an export to the Hugging Face hub, private unless asked otherwise, with a card that says what it is."""

    title: ClassVar[str] = "Publish"
    never_from_environment: ClassVar[frozenset[str]] = frozenset({
        "folder", "repo_id", "license", "private", "revision", "allow_mismatch",
    })  # fmt: skip

    folder: PathText = Field(json_schema_extra=hints(widget="made"))
    """An export: the folder that an export has written"""
    repo_id: Annotated[str, AfterValidator(_hub_id)] = Field(min_length=3, max_length=193)
    """Where it goes, `owner/name`; made if it does not exist"""
    license: Annotated[str, Field(max_length=64, pattern=r"^[a-z0-9][a-z0-9.+-]*$")] = Field()
    """Licence of the result as the hub writes it, `apache-2.0` say: the base's and the data's terms decide it. `other`
    or `unknown` if you know that it is none of the list, or do not know"""
    private: bool = True
    """Whether only you see it"""
    revision: Annotated[str, Field(max_length=128, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")] | None = Field(
        None, json_schema_extra=hints(advanced=True)
    )
    """Branch to upload to; empty = `main`"""
    allow_mismatch: bool = Field(False, json_schema_extra=hints(advanced=True))
    """Publish it although its record says that it is asked otherwise than it was trained"""
