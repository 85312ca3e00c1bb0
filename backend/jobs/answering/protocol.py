"""What the service and the inference worker say to each other: JSON lines, many requests in flight over one pipe.

    -> generate {id, base_model_name, adapter_path, messages | prompt, max_new_tokens, ..., logprobs}   cancel {id}
    <- started {id, prompt_tokens}   delta {id, text, logprobs}   done {id, text, finish_reason, usage, timing}
       error {id, error: {code, message, field}}

Lines of different requests interleave; every request ends with one `done` or one `error`.
"""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from backend.core.errors import (
    BadModel,
    ContextTooLong,
    DeviceUnavailable,
    GpuOutOfMemory,
    InvalidInput,
    MissingDependency,
    OutOfMemory,
    PipelineError,
)
from backend.core.params import Message
from backend.core.params.groups import Sampling


class WorkerFailed(PipelineError):
    """The process that answers ended in the middle of a request."""


KNOWN_ERRORS: dict[str, type[PipelineError]] = {
    "invalid_input": InvalidInput, "context_too_long": ContextTooLong, "bad_model": BadModel,
    "cuda_oom": GpuOutOfMemory, "host_oom": OutOfMemory, "cuda_unavailable": DeviceUnavailable,
    "missing_dependency": MissingDependency,
}  # fmt: skip


class WorkerRequest(Sampling):
    """One answer to write.

    Args:
        base_model_name: base in the worker's words: `tiny`, a hub id or a folder.
        adapter_path: folder of the adapter on it; None = the base alone.
        messages, prompt: a conversation to answer, or raw text to continue as it stands; exactly one of them.
        seed: of sampling.
        logprobs: alternatives per token; None = no probabilities at all.
    """

    base_model_name: str
    adapter_path: str | None = None
    messages: list[Message] | None = None
    prompt: str | None = None
    seed: int = Field(0, ge=0, le=2**32 - 1)
    logprobs: int | None = Field(None, ge=0, le=20)

    def line(self, number: str) -> bytes:
        """The request as a line of the protocol."""
        return _line({"type": "generate", "id": number, **self.model_dump()})


def cancel_line(number: str) -> bytes:
    """Asks for the end of a request; its `done` answers that, unless it is on its way already."""
    return _line({"type": "cancel", "id": number})


class Usage(BaseModel):
    """Tokens of one answer."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Timing(BaseModel):
    """Seconds from the request's arrival: in line, until the first token, altogether."""

    queued_seconds: float
    first_token_seconds: float
    total_seconds: float


LEAST_LOGPROB = -9999.0
"""Stands for minus infinity, which JSON does not have; OpenAI's API does the same."""


class Alternative(BaseModel):
    """A token that could have stood there, with the logarithm of its probability."""

    token: str
    bytes: list[int]
    logprob: Annotated[float, AfterValidator(lambda value: max(value, LEAST_LOGPROB))]


class TokenLogprob(Alternative):
    """A token of the answer, and the likeliest ones in its place."""

    top_logprobs: list[Alternative] = []


class _Event(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str = ""
    """Of the request"""


class Started(_Event):
    """The prompt is read; nothing that is wrong with the request can come to light any more."""

    type: Literal["started"] = "started"
    prompt_tokens: int | None
    """None = the server in place of the worker tells only at the end"""


class Delta(_Event):
    """A further piece of the answer."""

    type: Literal["delta"] = "delta"
    text: str
    logprobs: list[TokenLogprob] | None = None


class Done(_Event):
    """The whole answer."""

    type: Literal["done"] = "done"
    text: str
    finish_reason: Literal["stop", "length", "cancelled"]
    usage: Usage
    timing: Timing


class _ErrorDetail(BaseModel):
    code: str
    message: str
    field: str | None = None


class _Failed(_Event):
    type: Literal["error"]
    error: _ErrorDetail


Event = Started | Delta | Done

_LINE: TypeAdapter[Event | _Failed] = TypeAdapter(
    Annotated[Started | Delta | Done | _Failed, Field(discriminator="type")]
)


def understood(line: bytes) -> tuple[str, Event | PipelineError]:
    """The request's id, and what the line says of it; errors as ours.

    Raises:
        ValueError: the line is not of the protocol.
    """
    event = _LINE.validate_json(line)
    if not isinstance(event, _Failed):
        return event.id, event
    kind = KNOWN_ERRORS.get(event.error.code, PipelineError)
    if issubclass(kind, InvalidInput):
        return event.id, kind(event.error.message, event.error.field)
    return event.id, kind(event.error.message)


def _line(content: dict[str, object]) -> bytes:
    return json.dumps(content).encode() + b"\n"
