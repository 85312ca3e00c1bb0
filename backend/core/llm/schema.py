"""What an answer must look like, in the two languages a server may understand: JSON Schema and plain words.

The schema is cut down to what all servers accept: every field required, no further fields, no limits on numbers or
lengths. The limits stay in the words and in the local check, which alone decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel

KEPT = ("type", "enum", "description")
"""What is taken over as it is; strict modes refuse a schema with keywords that they do not know."""

DEEPEST = 8
"""Levels of nesting; a schema that contains itself would never end."""


@cache
def response_format(schema: type[BaseModel]) -> dict[str, Any]:
    """The `response_format` of the `json_schema` rung."""
    name = re.sub(r"[^A-Za-z0-9_-]", "_", schema.__name__)[:64]
    described = {"name": name, "strict": True, "schema": _common(full_schema(schema))}
    return {"type": "json_schema", "json_schema": described}


@cache
def in_words(schema: type[BaseModel]) -> str:
    """The instruction that goes with every question, on every rung: some servers never show a schema to the model."""
    lines = "\n".join(_fields(full_schema(schema), ""))
    return f"Answer with one JSON object and nothing after it. Its fields, in this order:\n{lines}"


@cache
def full_schema(schema: type[BaseModel]) -> dict[str, Any]:
    """JSON Schema of a model with everything that it refers to put in place.

    Raises:
        TypeError: the model contains itself.
    """
    found = schema.model_json_schema()
    resolved: dict[str, Any] = _resolved(found, found.get("$defs", {}), 0)
    return resolved


def _resolved(node: Any, known: Mapping[str, Any], depth: int) -> Any:
    if depth > 4 * DEEPEST:
        raise TypeError("A schema for a language model must not contain itself.")
    if isinstance(node, list):
        return [_resolved(part, known, depth + 1) for part in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = known[node["$ref"].rpartition("/")[2]]
        node = {**target, **{name: value for name, value in node.items() if name != "$ref"}}
    return {name: _resolved(value, known, depth + 1) for name, value in node.items() if name != "$defs"}


def _common(node: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {name: node[name] for name in KEPT if name in node}
    if "const" in node:
        kept["enum"] = [node["const"]]
    if "anyOf" in node:
        kept["anyOf"] = [_common(part) for part in node["anyOf"]]
    if isinstance(node.get("items"), dict):
        kept["items"] = _common(node["items"])
    if node.get("type") == "object":
        fields = node.get("properties", {})
        kept["properties"] = {name: _common(field) for name, field in fields.items()}
        kept["required"] = list(fields)
        kept["additionalProperties"] = False
    return kept


def _fields(node: Mapping[str, Any], margin: str) -> Iterator[str]:
    """One line per field, those of an object inside indented below it."""
    for name, field in node.get("properties", {}).items():
        told = f": {field['description']}" if field.get("description") else ""
        yield f"{margin}- {name} ({_type(field)}){told}"
        inner = next((part for part in _parts(field) if part.get("properties")), None)
        if inner is not None:
            yield from _fields(inner, margin + "  ")


def _parts(field: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The field itself, its alternatives and its items: where the fields of an object may be."""
    yield field
    for part in field.get("anyOf", []):
        yield from _parts(part)
    if isinstance(field.get("items"), dict):
        yield from _parts(field["items"])


def _type(field: Mapping[str, Any]) -> str:
    if "enum" in field or "const" in field:
        return "one of " + ", ".join(f'"{value}"' for value in field.get("enum", [field.get("const")]))
    if "anyOf" in field:
        return " or ".join(_type(part) for part in field["anyOf"])
    if field.get("type") == "array":
        inner = field.get("items")
        return f"list of {_type(inner)}{_limits(field)}" if isinstance(inner, dict) and inner else "list"
    return f"{field.get('type', 'anything')}{_limits(field)}"


def _limits(field: Mapping[str, Any]) -> str:
    """The limits in words: the server never sees them as a schema."""
    low = field.get("minimum", field.get("minItems", field.get("minLength")))
    high = field.get("maximum", field.get("maxItems", field.get("maxLength")))
    if low is not None and high is not None:
        return f", {low} to {high}"
    if low is not None:
        return f", at least {low}"
    return f", at most {high}" if high is not None else ""
