"""Parameters of answering: the recipe's, and the request body's of `POST /generate`."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from backend.core.params.base import Name, Params, PathText, Text, hints
from backend.core.params.groups import ModelChoice, PromptTemplate, Quantisation, Sampling


class Message(Params):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant", "tool"]
    """Who speaks"""
    content: Annotated[str, Field(max_length=1_000_000)]
    """What is said"""


class InferenceParams(ModelChoice, Sampling, Quantisation):
    """Answer one prompt, or a file of them, with a base model, an adapter or a merged model."""

    title: ClassVar[str] = "Inference"

    prompt: Text | None = None
    """The question"""
    model_path: PathText | None = Field(None, json_schema_extra=hints(widget="adapter"))
    """Adapter (name or folder), merged model (folder) or base model; empty = the base model alone"""
    system_prompt: Text | None = None
    """System message before the question"""
    prompt_template: PromptTemplate = Field("auto", json_schema_extra=hints(advanced=True))
    """Layout of the conversation; `auto` takes what the adapter was trained with"""
    input_file: PathText | None = Field(None, json_schema_extra=hints(widget="dataset"))
    """Answer every record of this dataset instead of one prompt"""
    column_mapping: dict[Text, Text] = Field({}, max_length=20, json_schema_extra=hints(advanced=True))
    """Which column of `input_file` plays which part, e.g. `input=question output=answer`; empty = recognised"""
    output_file: PathText = Field("predictions/predictions.json")
    """Where the answers to `input_file` go"""
    batch_size: int | None = Field(None, ge=1, le=4096, json_schema_extra=hints(advanced=True))
    """Prompts answered together; empty = as many as `max_memory_gb` holds, 64 at most"""
    max_memory_gb: float | None = Field(None, gt=0, le=100_000, json_schema_extra=hints(advanced=True, unit="GiB"))
    """Memory for the answers being written; empty = half of what is free once the model is loaded"""
    max_adapters: int = Field(16, ge=1, le=1000, json_schema_extra=hints(advanced=True))
    """Adapters kept on the base at once; the one unused for longest makes room for the next"""
    dequantize: Literal["auto", "yes", "no"] = Field("auto", json_schema_extra=hints(advanced=True))
    """Unpack 4-bit weights once after loading: sooner answers for four times the memory; `auto` where it pays"""
    seed: int = Field(42, ge=0, le=2**32 - 1)
    """Seed of sampling"""
    serve: bool = Field(False, json_schema_extra=hints(managed=True))
    """Answer JSON lines on standard input until it closes (the service's worker)"""


class GenerateRequest(Sampling):
    """One answer over HTTP."""

    title: ClassVar[str] = "Generate"

    prompt: Text | None = None
    """The question; give this or `messages`"""
    messages: list[Message] | None = Field(None, min_length=1, max_length=1000)
    """The conversation so far, ending with the user's turn"""
    adapter: Name | None = Field(None, json_schema_extra=hints(widget="adapter"))
    """Adapter of the registry to answer with; empty = the base model"""
    model: Annotated[Text, Field(min_length=1, max_length=500)] | None = None
    """Base, adapter or merged model by its name in `GET /v1/models`; give this or `adapter`, not both"""
    stream: bool = False
    """Send the answer as it is written, as server-sent events"""
    seed: int | None = Field(None, ge=0, le=2**32 - 1, json_schema_extra=hints(advanced=True))
    """Seed of sampling; empty = a new one each time"""

    @model_validator(mode="after")
    def _one_question(self) -> GenerateRequest:
        if (self.prompt is None) == (self.messages is None):
            raise ValueError("give either prompt or messages")
        if self.adapter is not None and self.model is not None:
            raise ValueError("give either adapter or model")
        return self
