"""Parameters of asking a language model over HTTP: the same for judging and for writing data."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from backend.core.params.base import Params, PathText, Text, hints

KeyName = Annotated[str, Field(max_length=89, pattern=r"^[A-Z][A-Z0-9_]{0,80}_API_KEY$")]
"""The name of a variable that holds a service's key.

It must end in `_API_KEY`: what is named here is sent to `openai_api_base`, which no other secret of the environment
(API_TOKEN, HF_TOKEN, a database's password) ever should be.
"""

StructuredOutput = Literal["auto", "json_schema", "json_object", "text"]


class LLMParams(Params):
    """How the language model service is reached, how hard it is worked, and when to stop.

    `openai_api_base`, `api_key_env` and `prices_file` are the machine owner's to set: a job kind of the service lists
    them under `elsewhere`, or whoever may submit a job could have the key sent to an address of their own.
    """

    title: ClassVar[str] = "Language model service"

    openai_api_base: Text | None = None
    """Address of an OpenAI-compatible server, e.g. http://127.0.0.1:8000/v1; empty = OpenAI's"""
    api_key_env: KeyName = Field("OPENAI_API_KEY", json_schema_extra=hints(advanced=True))
    """Name of the variable that holds the key; a server on this machine needs none"""
    concurrency: int = Field(8, ge=1, le=32)
    """Requests under way at a time, at most; fewer while the server says it is too many"""
    requests_per_minute: int | None = Field(None, ge=1, le=1_000_000, json_schema_extra=hints(advanced=True))
    """Never send more requests in any minute; empty = as many as the server takes"""
    tokens_per_minute: int | None = Field(None, ge=1, le=1_000_000_000, json_schema_extra=hints(advanced=True))
    """Never use more tokens in any minute, questions and answers together; empty = as many as the server takes"""
    request_timeout: float = Field(60.0, gt=0, le=3600, json_schema_extra=hints(unit="s", advanced=True))
    """A request without a complete answer after this long counts as failed"""
    max_attempts: int = Field(6, ge=1, le=20, json_schema_extra=hints(advanced=True))
    """Times a question is asked before it is given up; being put off by a rate limit does not count"""
    item_deadline: float = Field(300.0, gt=0, le=86_400, json_schema_extra=hints(unit="s", advanced=True))
    """A question is given up after this long, waiting for a rate limit not counted"""
    max_wait: float = Field(600.0, gt=0, le=86_400, json_schema_extra=hints(unit="s", advanced=True))
    """Stop, to be resumed later, after this long without a single success"""
    max_cost: float | None = Field(None, gt=0, le=1_000_000)
    """Stop before the requests of this run would cost more, by the prices file; empty = no limit"""
    max_calls: int | None = Field(None, ge=1, le=100_000_000)
    """Stop after this many requests of this run, repeated ones included; empty = no limit"""
    structured_output: StructuredOutput = Field(
        "auto",
        json_schema_extra=hints(
            advanced=True,
            options={
                "auto": "The strictest form the server turns out to understand.",
                "json_schema": "Begin with a schema that the server enforces.",
                "json_object": "Begin with plain JSON mode.",
                "text": "Ask in words only.",
            },
        ),
    )
    """How the server is made to answer in JSON; a form it refuses is left for a looser one in any case"""
    prices_file: PathText = Field("config/prices.yaml", json_schema_extra=hints(advanced=True))
    """File of prices per million tokens; a model that is not in it costs `unknown`"""
    mock: bool = Field(False, json_schema_extra=hints(advanced=True))
    """Answer with made-up, seeded replies: no key, no network; everything written says MOCK"""
    dry_run: bool = False
    """Show the plan with its calls, tokens and cost, and send nothing"""
