"""What OpenAI's clients send, and what becomes of it.

A field that changes the answer is done or refused by name, never ignored. Accepted without effect are values that ask
for what happens anyway (`frequency_penalty: 0`, `tools: []`, `response_format: {"type": "text"}`), null, and
bookkeeping that cannot change an answer: `user`, `metadata`, `safety_identifier`, `prompt_cache_key`,
`prompt_cache_retention`, `service_tier` (auto or default) and `store: false`. Beyond OpenAI's fields there are ours:
`top_k`, `min_p`, `repetition_penalty`. Sampling that is not given is this machine's (`TEMPERATURE`, `MAX_NEW_TOKENS`
and so on in `.env`), not OpenAI's.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from backend.api.answering import seed_or_new
from backend.core.environment.defaults import from_environment
from backend.core.environment.settings import environment
from backend.core.errors import InvalidInput
from backend.core.params import Message
from backend.core.params.groups import Sampling
from backend.jobs.answering.protocol import WorkerRequest
from backend.jobs.answering.served import ServedModel

BOOKKEEPING = frozenset({"user", "metadata", "safety_identifier", "prompt_cache_key", "prompt_cache_retention"})
NEUTRAL: dict[str, tuple[Any, ...]] = {
    "frequency_penalty": (0,), "presence_penalty": (0,), "logit_bias": ({},), "tools": ([],), "functions": ([],),
    "tool_choice": ("none", "auto"), "function_call": ("none", "auto"), "response_format": ({"type": "text"},),
    "modalities": (["text"],), "store": (False,), "service_tier": ("auto", "default"),
    "echo": (False,), "suffix": ("",), "best_of": (1,), "annotations": ([],), "tool_calls": ([],),
    "include_obfuscation": (False,),
}  # fmt: skip
"""Values that ask for what happens anyway."""

MOST_ROWS = 64
LONGEST_TEXT = 1_000_000
TEXT = {"type": "string"}
PARTS = {
    "type": "array",
    "items": {"type": "object", "properties": {"type": {"const": "text"}, "text": TEXT}, "required": ["type", "text"]},
}


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _parts(value: Any) -> Any:
    return [{"type": "text", "text": value}] if isinstance(value, str) else value


# One form for each, so that an error names the place and no branch of a union.
Texts = Annotated[
    list[Annotated[str, Field(max_length=LONGEST_TEXT)]],
    Field(min_length=1, max_length=MOST_ROWS),
    BeforeValidator(_listed),
    WithJsonSchema({"anyOf": [TEXT, {"type": "array", "items": TEXT}]}),
]
Stops = Annotated[
    list[str], BeforeValidator(_listed), WithJsonSchema({"anyOf": [TEXT, {"type": "array", "items": TEXT}]})
]


class Body(BaseModel):
    """What is neutral is taken out first; what then is left over is refused by its name."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, protected_namespaces=())

    @model_validator(mode="before")
    @classmethod
    def _without_what_changes_nothing(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        known = cls.model_fields
        return {
            name: value
            for name, value in given.items()
            if value is not None and (name in known or not _changes_nothing(name, value))
        }


def _changes_nothing(name: str, value: Any) -> bool:
    return name in BOOKKEEPING or value in NEUTRAL.get(name, ())


class TextPart(Body):
    """A piece of a message; pictures and sound are no text."""

    type: Literal["text"]
    text: Annotated[str, Field(max_length=LONGEST_TEXT)]


class ChatMessage(Body):
    """One turn."""

    role: Literal["system", "developer", "user", "assistant"]
    content: Annotated[list[TextPart], BeforeValidator(_parts), WithJsonSchema({"anyOf": [TEXT, PARTS]})]

    def message(self) -> Message:
        """In our words; parts are put one below the other, as vLLM does."""
        role: Any = "system" if self.role == "developer" else self.role
        return Message(role=role, content="\n".join(part.text for part in self.content))


class StreamOptions(Body):
    """How to stream."""

    include_usage: StrictBool = False


class Sampled(Body):
    """What both kinds of completions share."""

    model: Annotated[str, Field(min_length=1, max_length=500)]
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    repetition_penalty: float | None = None
    stop: Stops | None = None
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    n: Annotated[int, Field(ge=1, le=8)] = 1
    stream: StrictBool = False
    stream_options: StreamOptions | None = None

    renamed: ClassVar[dict[str, str]] = {"max_tokens": "max_new_tokens", "stop": "stop_strings"}

    @model_validator(mode="after")
    def _options_fit(self) -> Sampled:
        if self.stream_options is not None and not self.stream:
            raise InvalidInput("stream_options is only allowed when stream is true.", "stream_options")
        return self

    @property
    def include_usage(self) -> bool:
        """Whether the last chunk of a stream tells the tokens."""
        return self.stream_options is not None and self.stream_options.include_usage

    def rows(self, model: ServedModel, asked: list[dict[str, Any]], logprobs: int | None) -> list[WorkerRequest]:
        """`n` requests for each thing asked; the seed counts up.

        Raises:
            InvalidInput: a value is outside its limits; `field` names it.
        """
        seed = seed_or_new(self.seed)
        common = {
            "base_model_name": model.base_model_name,
            "adapter_path": model.adapter_path,
            "logprobs": logprobs,
            **from_environment(Sampling, environment()),
            **self._sampling(),
        }
        try:
            return [
                WorkerRequest.model_validate({**common, **what, "seed": (seed + choice) % 2**32})
                for what in asked
                for choice in range(self.n)
            ]
        except ValidationError as error:
            found = error.errors()[0]
            ours = str(found["loc"][0])
            given = (theirs for theirs in self.renamed if getattr(self, theirs) is not None)
            name = next((theirs for theirs in given if self.renamed[theirs] == ours), ours)
            raise InvalidInput(f"{name}: {found['msg']}.", name) from None

    def _sampling(self) -> dict[str, Any]:
        names = (*self.renamed, "temperature", "top_p", "top_k", "min_p", "repetition_penalty")
        given = {name: value for name in names if (value := getattr(self, name)) is not None}
        return {self.renamed.get(name, name): value for name, value in given.items()}


class ChatRequest(Sampled):
    """Answer a conversation."""

    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=1000)]
    max_completion_tokens: int | None = None
    logprobs: StrictBool = False
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None

    renamed: ClassVar[dict[str, str]] = {**Sampled.renamed, "max_completion_tokens": "max_new_tokens"}

    @model_validator(mode="after")
    def _one_of_each(self) -> ChatRequest:
        if self.max_tokens is not None and self.max_completion_tokens not in (None, self.max_tokens):
            raise InvalidInput("max_tokens and max_completion_tokens differ: give one of them.", "max_tokens")
        if self.top_logprobs is not None and not self.logprobs:
            raise InvalidInput("top_logprobs needs logprobs to be true.", "top_logprobs")
        return self


class CompletionRequest(Sampled):
    """Continue raw text."""

    prompt: Texts
    logprobs: Annotated[int, Field(ge=0, le=20)] | None = None

    @model_validator(mode="after")
    def _not_too_many(self) -> CompletionRequest:
        if len(self.prompt) * self.n > MOST_ROWS:
            raise InvalidInput(f"Prompts times n is above {MOST_ROWS}: send several requests.", "prompt")
        return self
