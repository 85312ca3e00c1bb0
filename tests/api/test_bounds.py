"""T30: every number and text of a request has its limits in the schema, so that no client has to find them out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backend.main import create_app

LIMITS = {
    "integer": (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")),
    "number": (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")),
    "string": (("maxLength", "enum", "const"),),
    "array": (("maxItems",),),
}
ELSEWHERE = ("path", "/v1/")
"""Names in an address end with the address's 8 KiB; under `/v1` our own parameters set the limits, after renaming."""


def unbounded(schema: Any, form: Any, place: str) -> Iterator[str]:
    """The places of a form that lack a limit."""
    if "$ref" in form:
        form = schema["components"]["schemas"][form["$ref"].rpartition("/")[2]]
    for option in form.get("anyOf", ()):
        yield from unbounded(schema, option, place)
    if not {"enum", "const"} & set(form) and any(
        not set(either) & set(form) for either in LIMITS.get(form.get("type", ""), ())
    ):
        yield place
    for name, inner in form.get("properties", {}).items():
        yield from unbounded(schema, inner, f"{place}.{name}")
    if isinstance(form.get("items"), dict) and form["items"]:
        yield from unbounded(schema, form["items"], f"{place}[]")


def test_every_value_of_a_request_has_limits() -> None:
    schema = create_app().openapi()
    found = []
    for path, operations in schema["paths"].items():
        if path.startswith(ELSEWHERE[1]):
            continue
        for method, operation in operations.items():
            for given in operation.get("parameters", ()):
                if given["in"] != ELSEWHERE[0]:
                    found += unbounded(schema, given["schema"], f"{method} {path} {given['name']}")
            for content in operation.get("requestBody", {}).get("content", {}).values():
                found += unbounded(schema, content["schema"], f"{method} {path}")
    assert found == []


def test_a_place_without_a_limit_is_found() -> None:
    assert list(unbounded({}, {"properties": {"a": {"type": "integer", "minimum": 0}}}, "x")) == ["x.a"]
