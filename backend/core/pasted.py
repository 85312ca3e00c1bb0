"""Parameters as people keep and send them (YAML, JSON, a command line), read into values and written again.

A text from elsewhere is taken as far as it can be: what has no place, or a value that does not fit, is named beside
what was read.
"""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import PurePath
from typing import Annotated, Any, Literal, get_origin

from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from backend.core.cli import build_parser
from backend.core.environment.defaults import from_environment
from backend.core.errors import InvalidInput
from backend.core.params.base import Params, plain_type
from backend.core.strict_json import MalformedJson, strict_json

LONGEST = 40_000
"""Characters of a text: twice the longest prompt. The longest preset has 900."""
DEEPEST = 32
"""Levels of nesting. The time that YAML takes grows with their square: 25 s for 5,000."""
MOST_PARTS = 2000
"""Lines of YAML, words of a command: read in a second at most."""
MOST_UNKNOWN, LONGEST_NAME = 50, 100

_NOT_YAML = re.compile(r"\s*(?:[$%#>] )?(?:\w+=\S+ )*(?:\S*python[\d.]* |accelerate |torchrun |\S*\.py(?: |$)|--\w)")
_INDICATORS = re.compile(r"(?:[-?:] ){2,}")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_SHELL = frozenset({"&&", "||", "|", ";", "&", ">", ">>", "2>&1"})
_NO_RUN = frozenset({"-h", "--help"})

Form = Literal["yaml", "json", "command"]


class Mistake(BaseModel):
    """A parameter that could not be taken."""

    name: str
    message: str


class Reading(BaseModel):
    """What a text says."""

    form: Form
    values: dict[str, JsonValue]
    unknown: list[str]
    """Names that are no parameters"""
    errors: list[Mistake]


def read_text(kind: type[Params], text: str, program: str) -> Reading:
    """The parameters that a text gives.

    Args:
        kind: whose parameters they are.
        text: YAML, JSON, or a command line of the program.
        program: its file name, e.g. `train.py`.

    Raises:
        InvalidInput: the text is none of them, or a command of another program.
    """
    form, given = _given(kind, text, program)
    return read_values(kind, given, form)


def read_values(kind: type[Params], given: Mapping[str, Any], form: Form = "json") -> Reading:
    """The same of values that were read already, each checked by itself."""
    values, errors = {}, []
    for name in (name for name in given if name in kind.model_fields):
        try:
            values[name] = _value(kind.model_fields[name], given[name])
        except ValueError as error:
            errors.append(Mistake(name=name, message=_told(error)))
    if "config" in given and "config" not in kind.model_fields:
        errors.append(Mistake(name="config", message="A file on another machine cannot be read: paste its text."))
    unknown = [_printable(name) for name in given if name not in kind.model_fields and name != "config"]
    return Reading(form=form, values=values, unknown=unknown[:MOST_UNKNOWN], errors=errors)


def written(params: Mapping[str, JsonValue]) -> str:
    """The parameters as YAML that `--config` takes."""
    import yaml

    return str(yaml.safe_dump(dict(params), sort_keys=False, allow_unicode=True)) if params else ""


def _given(kind: type[Params], text: str, program: str) -> tuple[Form, dict[str, Any]]:
    if text.lstrip().startswith("{"):
        return "json", _from_json(text)
    if _NOT_YAML.match(text):
        return "command", _from_command(kind, text, program)
    return "yaml", _from_yaml(text)


def _from_json(text: str) -> dict[str, Any]:
    try:
        content: dict[str, Any] = strict_json(text)
    except MalformedJson as error:
        raise InvalidInput(f"The text {error}.", "text") from None
    return content


def _from_yaml(text: str) -> dict[str, Any]:
    import yaml

    if _depth(text) > DEEPEST:
        raise InvalidInput("The text is nested too deeply.", "text")
    _require_few(text.splitlines(), "lines")
    try:
        # Anchors are looked for first: ten lines of them can stand for gigabytes.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise InvalidInput("The text refers to parts of itself (`*name`), which is not taken.", "text")
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise InvalidInput(f"The text is not YAML, JSON or a command ({_problem(error)}{where}).", "text") from None
    except (ValueError, RecursionError, TypeError):  # a date that there is not, too deep, a list as a name
        raise InvalidInput("The text is not YAML, JSON or a command.", "text") from None
    if not isinstance(content, dict):
        raise InvalidInput("Write `name: value`, one parameter on a line, or paste a whole command.", "text")
    return {str(name): value for name, value in content.items()}


def _require_few(parts: Sequence[str], noun: str) -> None:
    if len(parts) > MOST_PARTS:
        raise InvalidInput(f"The text has more than {MOST_PARTS} {noun}: paste the parameters alone.", "text")


def _depth(text: str) -> int:
    """How deep the brackets and the dashes of a line go, at most; those in quotes are counted too."""
    steps = accumulate({"[": 1, "{": 1, "]": -1, "}": -1}.get(letter, 0) for letter in text)
    dashes = max(len(run) // 2 for run in _INDICATORS.findall(text)) if _INDICATORS.search(text) else 0
    return max(dashes, max(steps, default=0))


def _problem(error: Exception) -> str:
    return str(getattr(error, "problem", None) or "no sense in it")[:200]


def _from_command(kind: type[Params], text: str, program: str) -> dict[str, Any]:
    try:
        words = shlex.split(re.sub(r"\\\r?\n", " ", text))
    except ValueError as error:
        raise InvalidInput(f"The command ends too early: {str(error).lower()}.", "text") from None
    _require_few(words, "words")
    words = words[: next((at for at, word in enumerate(words) if word in _SHELL), len(words))]
    start = next((at for at, word in enumerate(words) if word.endswith(".py") or word.startswith("--")), len(words))
    environ = {found[1]: found[2] for word in words[:start] if (found := _ASSIGNMENT.fullmatch(word))}
    flags = words[start:]
    if flags and flags[0].endswith(".py"):
        named = PurePath(flags.pop(0)).name
        if named != program:
            raise InvalidInput(f"This is a command of {_printable(named)}; here {program} is meant.", "text")
    return {**from_environment(kind, environ), **_flags(kind, flags)}


def _flags(kind: type[Params], words: Sequence[str]) -> dict[str, Any]:
    parser = build_parser(kind)
    parser.exit_on_error = False
    try:
        known, rest = parser.parse_known_args([word for word in words if word not in _NO_RUN])
    except argparse.ArgumentError as error:
        raise InvalidInput(f"The command cannot be read: {_printable(str(error), 300)}.", "text") from None
    pairs = {name: dict(_pairs(value)) for name, value in vars(known).items() if _is_mapping(kind, name)}
    strange = {word.lstrip("-").partition("=")[0]: None for word in rest if word.startswith("-")}
    return {**vars(known), **pairs, **strange}


def _is_mapping(kind: type[Params], name: str) -> bool:
    return name in kind.model_fields and get_origin(plain_type(kind.model_fields[name].annotation)) is dict


def _pairs(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    for word in words:
        name, _, value = word.partition("=")
        yield name, value


def _value(field: FieldInfo, given: Any) -> JsonValue:
    """The value as JSON has it. Raises ValueError."""
    annotation: Any = Annotated[field.annotation, field]
    checked: TypeAdapter[Any] = TypeAdapter(annotation, config=ConfigDict(allow_inf_nan=False))
    value: JsonValue = checked.dump_python(checked.validate_python(given), mode="json")
    return value


def _told(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    return str(error.errors()[0]["msg"]).removeprefix("Value error, ")


def _printable(text: str, longest: int = LONGEST_NAME) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text[:longest])
