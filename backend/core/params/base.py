"""The form every parameter class takes: strict about names, bounded in value, explained field by field.

A class per group, a job kind composed of groups by inheritance: the class that declares a field is the group it is
shown under, in `--help` and in the dashboard alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def _printable(text: str) -> str:
    if _UNPRINTABLE.search(text):
        raise ValueError("must not contain control characters or lone surrogates")
    return text


Text = Annotated[str, Field(max_length=20_000), AfterValidator(_printable)]
"""Prose a person typed: prompts, descriptions."""

Name = Annotated[str, Field(max_length=96, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$")]
"""The name of an adapter or a run: a plain file name, never a path."""

PathText = Annotated[
    str, Field(min_length=1, max_length=4096, json_schema_extra={"format": "path"}), AfterValidator(_printable)
]
"""A path as the user typed it; `backend.core.paths` turns it into a `Path`, `backend.jobs.confine` guards it."""


def hints(
    *,
    widget: str | None = None,
    advanced: bool = False,
    managed: bool = False,
    unit: str | None = None,
    options: Mapping[Any, str] | None = None,
    when: Mapping[str, Sequence[Any]] | None = None,
    doubles: bool = False,
) -> Any:
    """What a form needs to know beyond JSON Schema, as `json_schema_extra`.

    Args:
        options: a sentence for each choice of the field, in reading order (a schema sorts the keys of objects).
        when: other fields with the values under which this one means something; a form leaves it out else.
        doubles: a step up or down is twice or half as much.
    """
    given = {
        "x-widget": widget, "x-advanced": advanced, "x-managed": managed, "x-unit": unit,
        "x-doubles": doubles,
        "x-options": [{"value": value, "help": words} for value, words in (options or {}).items()],
        "x-when": {name: list(values) for name, values in (when or {}).items()},
    }  # fmt: skip
    return {key: value for key, value in given.items() if value}


class Params(BaseModel):
    """Base of all parameter classes; unknown fields are refused, values never change after validation."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        allow_inf_nan=False,
        protected_namespaces=(),
        validate_default=False,
    )

    title: ClassVar[str] = ""
    """Heading of the group in `--help` and on the form."""

    never_from_environment: ClassVar[frozenset[str]] = frozenset()
    """Fields for which a variable of that name means something else, or would be a trap."""


def groups_of(kind: type[Params]) -> list[tuple[type[Params], list[str]]]:
    """The groups a kind is composed of with their field names, in the order they should be read.

    Returns:
        `(group class, field names)` pairs; the kind's own fields come first, then its bases from left to right.
    """
    classes = [cls for cls in kind.__mro__ if issubclass(cls, Params) and cls is not Params]
    pairs = []
    for cls in classes:
        own = [name for name in cls.__annotations__ if name in kind.model_fields]
        if own:
            pairs.append((cls, own))
    return pairs


def plain_type(annotation: Any) -> Any:
    """The type without `| None` and without `Annotated`."""
    inner = [part for part in get_args(annotation) if part is not type(None)]
    if type(None) in get_args(annotation) and len(inner) == 1:
        return plain_type(inner[0])
    if hasattr(annotation, "__metadata__"):
        return plain_type(annotation.__origin__)
    return annotation
