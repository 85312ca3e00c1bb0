"""What a good answer is. An answerer is a function of the request and a generator; dicts become JSON.

Those of other tests are named `package.module:function` in the plan.
"""

from __future__ import annotations

import importlib
import random
import re
from collections.abc import Callable, Mapping
from typing import Any

Answerer = Callable[[Mapping[str, Any], random.Random], Any]

WORDS = [
    "force", "mass", "light", "field", "wave", "atom", "heat", "speed", "charge", "orbit", "star", "lens",
    "prism", "magnet", "current", "voltage", "gravity", "friction", "pressure", "energy", "power", "motion",
    "sound", "colour", "metal", "water", "steam", "ice", "crystal", "engine", "pulley", "lever", "wheel",
]  # fmt: skip
FIELD = re.compile(r"^(\s*)- (\w+) \(([^)]*)\)", re.MULTILINE)


def answerer(name: str) -> Answerer:
    """The answerer of this name."""
    if ":" in name:
        module, _, function = name.partition(":")
        found: Answerer = getattr(importlib.import_module(module), function)
        return found
    return {"judge": by_schema, "writer": by_schema, "echo": echo}[name]


def question_of(request: Mapping[str, Any]) -> str:
    """The first user message, without the description of the form that the client puts behind it."""
    texts = [message.get("content") or "" for message in request["messages"] if message.get("role") == "user"]
    return str(texts[0] if texts else "").partition("\n\nAnswer with one JSON object")[0]


def echo(request: Mapping[str, Any], generator: random.Random) -> Any:
    """The question itself."""
    return question_of(request)


def by_schema(request: Mapping[str, Any], generator: random.Random) -> Any:
    """An object as the request wants it: by its schema, else by the fields that its text lists, else a sentence."""
    wanted = (request.get("response_format") or {}).get("json_schema")
    fields = dict(_listed(request))
    if wanted:
        return value(wanted["schema"], generator, fields)
    return value(_schema(request), generator, fields) if fields else sentence(generator)


def value(schema: Mapping[str, Any], generator: random.Random, limits: Mapping[str, tuple[int, int]]) -> Any:
    """A random value of a schema; `limits` by field name stand in for those that a strict schema lacks."""
    if "enum" in schema:
        return generator.choice(schema["enum"])
    if "anyOf" in schema:
        return value(schema["anyOf"][0], generator, limits)
    kind = schema.get("type", "string")
    if kind == "object":
        return {
            name: value({**field, "_limits": limits.get(name)}, generator, limits)
            for name, field in schema["properties"].items()
        }
    low, high = schema.get("_limits") or (1, 10)
    if kind == "array":
        return [value(schema.get("items", {}), generator, limits) for _ in range(low)]
    if kind in ("integer", "number"):
        return generator.randint(low, high)
    if kind == "boolean":
        return generator.random() < 0.5
    return sentence(generator)


def sentence(generator: random.Random) -> str:
    """Twelve words: two of them are hardly ever alike."""
    return " ".join(generator.choice(WORDS) for _ in range(12)).capitalize() + "."


def _listed(request: Mapping[str, Any]) -> list[tuple[str, tuple[int, int]]]:
    """The fields that the last message with such a list describes, each with its limits."""
    text = next((m["content"] for m in reversed(request["messages"]) if FIELD.search(m.get("content") or "")), "")
    found = []
    for _, name, told in FIELD.findall(text):
        numbers = [int(number) for number in re.findall(r"\d+", told)]
        found.append((name, (numbers[0], numbers[-1]) if numbers and "one of" not in told else (1, 10)))
    return found


def _schema(request: Mapping[str, Any]) -> dict[str, Any]:
    """The schema that the listed fields mean; a deeper margin belongs to the field above."""
    text = next(m["content"] for m in reversed(request["messages"]) if FIELD.search(m.get("content") or ""))
    root: dict[str, Any] = {"type": "object", "properties": {}}
    above = {0: root["properties"]}
    for margin, name, told in FIELD.findall(text):
        depth = len(margin.replace("\n", "")) // 2
        inner: dict[str, Any] = {"type": "object", "properties": {}}
        if told.startswith("one of"):
            field: dict[str, Any] = {"enum": re.findall(r'"([^"]*)"', told)}
        elif told.startswith("list of object"):
            field = {"type": "array", "items": inner}
        elif told.startswith("list"):
            field = {"type": "array", "items": {"type": "string"}}
        else:
            field = inner if told.startswith("object") else {"type": told.split(",")[0].split(" or ")[0]}
        above[depth][name] = field
        above[depth + 1] = inner["properties"]
    return root
