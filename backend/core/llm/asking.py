"""A question to the model, what came back, and the key under which both are known for ever."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

ErrorClass = Literal[
    "refusal", "content_filter", "truncated", "invalid_output", "bad_response", "bad_request", "too_long",
    "timeout", "connection", "server_error", "rate_limit", "auth", "not_found", "quota",
]  # fmt: skip
"""Why a question has no answer: the closed set that records and summaries use.

The first three are the model's doing, `invalid_output` too; `bad_response` is a body that is no chat completion;
`bad_request` and `too_long` are questions that the server refuses; the rest is the way there. The last three stop
the whole run, since every other question would meet the same.
"""

Rung = Literal["json_schema", "json_object", "text"]
"""How the server is asked to keep to a schema, from the strictest to none."""


@dataclass(frozen=True)
class Usage:
    """Tokens that the server says it counted; `cached` is part of `prompt`, `reasoning` part of `completion`."""

    prompt: int
    cached: int
    completion: int
    reasoning: int

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt + other.prompt,
            self.cached + other.cached,
            self.completion + other.completion,
            self.reasoning + other.reasoning,
        )


@dataclass(frozen=True)
class Ask:
    """One question.

    Args:
        key: identity of the question's content, from `key_of`; an answer kept under it is never asked for again.
        item_id: what the question is about, for the files that people read.
        messages: the conversation, `role` and `content` each.
        schema: what the answer must be; None = free text. The answer is validated here, whatever the server does.
        max_tokens: longest answer; asked again once with twice as many when it was cut off.
        temperature: 0 is greedy.
        seed: for servers that know one.
        model: None = the session's.
        mock: the answer in mock mode (a dict for a schema, else a text), given a generator seeded by the key.
    """

    key: str
    item_id: str
    messages: tuple[Mapping[str, str], ...]
    schema: type[BaseModel] | None = None
    max_tokens: int = 1024
    temperature: float = 0.0
    seed: int | None = None
    model: str | None = None
    mock: Callable[[random.Random], Any] | None = None


@dataclass(frozen=True)
class Reply:
    """What came of a question. A failed one has no value, ever: not a default, not the lowest, not NaN.

    Args:
        value: the validated object, or the text without the model's reasoning block; None when failed.
        text: what the server said last, as it said it.
        usage: summed over all attempts that were answered; None = the server did not say for one of them.
        cost: in the price file's currency; None = unknown (no price, no usage, or a mock run).
        attempts: requests sent for it, those included that the server put off.
        latency_s: seconds of the last attempt; of a kept answer, as measured then.
        rung: how the answer was asked for.
        flags: `repaired`, `extended` (asked again with more tokens), `downgraded` (below `json_schema`), `mock`.
        from_journal: kept from before; nothing was sent.
    """

    ask: Ask
    status: Literal["ok", "failed"]
    value: BaseModel | str | None
    text: str
    error_class: ErrorClass | None
    detail: str
    usage: Usage | None
    cost: float | None
    attempts: int
    latency_s: float
    rung: Rung
    flags: tuple[str, ...]
    from_journal: bool


def key_of(kind: str, **content: Any) -> str:
    """SHA-256 of everything that decides an answer.

    Args:
        kind: what is asked (`judge`, `record`), so that two kinds never share a key.
        content: prompt version, model, order, repeat, inputs: anything that JSON can hold.

    Raises:
        TypeError: a value that JSON cannot hold; as text it could differ from run to run.
    """
    text = json.dumps([kind, content], sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
