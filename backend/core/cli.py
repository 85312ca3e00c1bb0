"""From a params class to a command line: flags, `--config`, the environment, and one way to end.

Precedence: flag > `--config` file > environment and `.env` (UPPER_CASE name) > built-in default.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from backend.core.environment.defaults import from_environment
from backend.core.environment.settings import environment
from backend.core.errors import InvalidInput
from backend.core.params.base import Params, groups_of, plain_type
from backend.core.paths import normalise_path

P = TypeVar("P", bound=Params)


def build_parser(kind: type[Params], description: str | None = None) -> argparse.ArgumentParser:
    """A parser with both spellings of every flag, grouped as the classes are."""
    parser = argparse.ArgumentParser(
        description=description or kind.__doc__, allow_abbrev=False, argument_default=argparse.SUPPRESS
    )
    parser.add_argument("--config", metavar="FILE", help="YAML file of parameters; flags override it")
    for group, names in groups_of(kind):
        section = parser.add_argument_group(group.title)
        for name in names:
            _add_flag(section, name, kind.model_fields[name])
    return parser


def _add_flag(section: argparse._ArgumentGroup, name: str, field: FieldInfo) -> None:
    spellings = list(dict.fromkeys([f"--{name}", f"--{name.replace('_', '-')}"]))
    kind = plain_type(field.annotation)
    text = f"{field.description or ''}{_default_text(field)}".replace("%", "%%")
    if kind is bool:
        section.add_argument(*spellings, nargs="?", const="true", metavar="BOOL", help=text)
        negative = [spelling.replace("--", "--no_" if "_" in spelling else "--no-", 1) for spelling in spellings]
        section.add_argument(*negative, dest=name, action="store_const", const="false", help=argparse.SUPPRESS)
    elif get_origin(kind) in (list, dict):
        metavar = "NAME=VALUE" if get_origin(kind) is dict else "VALUE"
        section.add_argument(*spellings, nargs="+", metavar=metavar, help=text)
    else:
        choices = " | ".join(map(str, get_args(kind))) if get_args(kind) else None
        section.add_argument(*spellings, metavar=choices or name.split("_")[-1].upper(), help=text)


def _default_text(field: FieldInfo) -> str:
    if field.is_required():
        return " (required)"
    default = field.default
    if default in (None, PydanticUndefined, "", {}):
        return ""
    return f" (default: {' '.join(default) if isinstance(default, list) else default})"


def read_config(path: Path) -> dict[str, Any]:
    """The mapping in a YAML or JSON file of parameters.

    `.json` is read as JSON: to YAML, U+2028 in a text is a line break that it folds into a space.

    Raises:
        InvalidInput: no such file, not YAML, or not a mapping.
    """
    import yaml

    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"--config {path}: cannot be read ({error}).") from None
    except (yaml.YAMLError, json.JSONDecodeError) as error:
        raise InvalidInput(f"--config {path}: not YAML ({' '.join(str(error).split())}).") from None
    if not isinstance(content, dict):
        raise InvalidInput(f"--config {path}: must hold `name: value` lines, one per parameter.")
    return {str(name): value for name, value in content.items()}


def resolve(kind: type[P], given: Mapping[str, Any], environ: Mapping[str, str]) -> P:
    """Validate what was given over what the environment sets. Raises pydantic's ValidationError."""
    return kind.model_validate({**from_environment(kind, environ), **given})


def parse_params(kind: type[P], argv: Sequence[str] | None = None, description: str | None = None) -> P:
    """The parameters of a recipe from its command line; exits with code 2 and one line per mistake."""
    parser = build_parser(kind, description)
    flags = vars(parser.parse_args(argv))
    config = flags.pop("config", None)
    flags = {name: _mapping(parser, name, value, kind) for name, value in flags.items()}
    try:
        from_file = read_config(normalise_path(config, Path.cwd())) if config else {}
        return resolve(kind, {**from_file, **flags}, environment())
    except InvalidInput as error:
        parser.exit(2, f"{parser.prog}: error: {error}\n")
    except ValidationError as error:
        _refuse(parser, error)


def _mapping(parser: argparse.ArgumentParser, name: str, value: Any, kind: type[Params]) -> Any:
    if get_origin(plain_type(kind.model_fields[name].annotation)) is not dict:
        return value
    if not all("=" in pair for pair in value):
        parser.exit(2, f"{parser.prog}: error: --{name}: write pairs as name=value.\n")
    return dict(pair.split("=", 1) for pair in value)


def _refuse(parser: argparse.ArgumentParser, error: ValidationError) -> NoReturn:
    for problem in error.errors():
        where = ".".join(str(part) for part in problem["loc"])
        message = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "missing":
            line = f"--{where} is required"
        elif problem["type"] == "extra_forbidden":
            line = f"{where}: there is no such parameter; `{parser.prog} --help` lists them"
        elif where:
            line = f"--{where}: given {problem['input']!r}: {message}"
        else:
            line = message
        print(f"{parser.prog}: error: {line}", file=sys.stderr)
    raise SystemExit(2)


def run_recipe(kind: type[P], main: Callable[[P], int | None], description: str | None = None) -> NoReturn:
    """The whole life of a recipe's process: parse, log, run, and end with one line and a code that means something."""
    from backend.core.process import guarded

    params = parse_params(kind, description=description)
    raise SystemExit(guarded(lambda: main(params)))
