"""Answers without a model, a key or a network: made up, the same for the same question, and marked as such."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Mapping
from typing import Any

from backend.core.llm.answer import Answer
from backend.core.llm.asking import Ask
from backend.core.llm.schema import full_schema

WORDS = ("mock", "answer", "force", "light", "energy", "sample", "field", "motion", "value", "test")


class MockService:
    """A service that opens no socket."""

    async def answer(self, ask: Ask, request: Mapping[str, Any], timeout: float) -> Answer:
        """The question's mock answer."""
        await asyncio.sleep(0)  # signals and the other places get their turn
        return mock_answer(ask)

    async def close(self) -> None:
        """Nothing to let go of."""


def mock_answer(ask: Ask) -> Answer:
    """The question's own mock answer, else one that fits its schema. Tokens are not counted: there are none."""
    generator = random.Random(ask.key)
    made = ask.mock(generator) if ask.mock else _made(ask, generator)
    text = made if isinstance(made, str) else json.dumps(made, ensure_ascii=False)
    return Answer(None, text, finish_reason="stop", http_status=None)


def _made(ask: Ask, generator: random.Random) -> Any:
    return _words(generator) if ask.schema is None else _value(full_schema(ask.schema), generator)


def _words(generator: random.Random) -> str:
    return "MOCK " + " ".join(generator.choice(WORDS) for _ in range(6))


def _value(schema: Mapping[str, Any], generator: random.Random) -> Any:
    """A value that fits the schema."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return generator.choice(schema["enum"])
    if "anyOf" in schema:
        return _value(next(part for part in schema["anyOf"] if part.get("type") != "null"), generator)
    kind = schema.get("type")
    if kind == "object":
        return {name: _value(field, generator) for name, field in schema.get("properties", {}).items()}
    if kind == "array":
        count = max(1, schema.get("minItems", 1))
        return [_value(schema.get("items", {}), generator) for _ in range(count)]
    if kind in ("integer", "number"):
        low = schema.get("minimum", 0)
        high = schema.get("maximum", low + 10)
        return generator.randint(int(low), int(high))
    if kind == "boolean":
        return generator.random() < 0.5
    return None if kind == "null" else _words(generator)
