"""The check that decides: is this text an answer to the question?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from backend.core.llm.asking import Ask
from backend.core.llm.extraction import objects_in, without_reasoning

PROBLEMS_TOLD = 6
"""Mistakes named to the model when it is asked to correct them."""

_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Checked:
    """What a text turned out to be: a value, or the problems with it."""

    value: BaseModel | str | None
    problems: str = ""


def check(ask: Ask, text: str) -> Checked:
    """Read the answer in a text.

    Of several objects the last one that fits counts. An object that stands word for word in the question and is
    only part of the answer is a quotation (a text that is judged may plant a verdict) and counts for nothing.
    """
    if ask.schema is None:
        plain = without_reasoning(text)
        return Checked(plain) if plain else Checked(None, "the answer is empty")
    found = objects_in(text)
    if len(found) > 1 or (found and not _is_all(found[0][1], text)):
        asked = _SPACE.sub("", " ".join(message["content"] for message in ask.messages))
        found = [(value, piece) for value, piece in found if _SPACE.sub("", piece) not in asked]
    problems = "there is no complete JSON object in the answer"
    for value, _ in reversed(found):
        checked = fits(ask.schema, value)
        if checked.value is not None:
            return checked
        problems = checked.problems
    return Checked(None, problems)


def fits(schema: type[BaseModel], value: Mapping[str, Any]) -> Checked:
    """The object as the schema's, or what is wrong with it."""
    given = {name: part for name, part in value.items() if not (part is None and _may_be_left_out(schema, name))}
    try:
        model = schema.model_validate(given)
    except ValidationError as error:
        return Checked(None, _problems(error))
    invented = list(_invented(given, model.model_dump(by_alias=True), ""))
    return Checked(None, "; ".join(invented)) if invented else Checked(model)


def _is_all(piece: str, text: str) -> bool:
    bare = re.sub(r"^```[a-zA-Z]*\s*|\s*```$", "", without_reasoning(text).strip())
    return bare.strip() == piece.strip()


def _may_be_left_out(schema: type[BaseModel], name: str) -> bool:
    """Servers that want every field required get null for the ones that have a default."""
    field = schema.model_fields.get(name)
    return field is not None and not field.is_required() and field.default is not None


def _invented(given: Any, read: Any, where: str) -> Sequence[str]:
    """Truth values that pydantic read as numbers: `true` is no score of 1."""
    if isinstance(given, dict) and isinstance(read, dict):
        known = [name for name in given if name in read]
        return [told for name in known for told in _invented(given[name], read[name], f"{where}{name}.")]
    if isinstance(given, list) and isinstance(read, list | tuple):
        pairs = enumerate(zip(given, read, strict=False))
        return [told for at, (one, other) in pairs for told in _invented(one, other, f"{where}{at}.")]
    if isinstance(given, bool) != isinstance(read, bool):
        return [f"{where.rstrip('.')}: {str(given).lower()} is of the wrong type"]
    return []


def _problems(error: ValidationError) -> str:
    """The mistakes in the model's own terms; its values are not repeated, they may be anything."""
    found = [f"{'.'.join(map(str, one['loc'])) or 'the object'}: {one['msg']}" for one in error.errors()]
    more = f"; and {len(found) - PROBLEMS_TOLD} more" if len(found) > PROBLEMS_TOLD else ""
    return "; ".join(found[:PROBLEMS_TOLD]) + more
