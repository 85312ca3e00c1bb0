"""Every variable of the environment and `.env` that means something here: whose default it is, its value, its source.

The machine's settings and the runs' parameters (`backend.core.params`) in one table.
What a page in a browser must never decide is shown and not set: paths, and who may call.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal, get_origin

from pydantic import BaseModel, SecretStr, TypeAdapter, ValidationError

from backend.core.environment.defaults import NEVER_FROM_ENVIRONMENT, from_environment
from backend.core.environment.settings import SettingGroup, Settings
from backend.core.errors import InvalidInput
from backend.core.params.base import Params, groups_of, plain_type
from backend.core.params.table import RECIPES

Source = Literal["env", ".env", "default"]


@dataclass(frozen=True)
class Variable:
    """One variable.

    Args:
        name: UPPER_CASE.
        group: the heading it stands under.
        help: what it does.
        default: counts where nothing sets it.
        schema: type and limits as JSON Schema.
        is_secret: is written and never read.
        is_editable: may be set over HTTP.
        needs_restart: is read when the service starts.
        owners: the classes whose field of this name it sets.
    """

    name: str
    group: str
    help: str
    default: Any
    schema: Mapping[str, Any]
    is_secret: bool
    is_editable: bool
    needs_restart: bool
    owners: tuple[type[BaseModel], ...]

    @property
    def field(self) -> str:
        """The field's name in each of its owners."""
        return self.name.lower()

    @property
    def is_composite(self) -> bool:
        """Whether it holds a list or a mapping, as JSON."""
        return get_origin(plain_type(self.owners[0].model_fields[self.field].annotation)) in (list, dict)

    def source(self, from_file: Mapping[str, str]) -> Source:
        """Where its value comes from; a variable of the shell goes first, even an empty one."""
        if not self.text(from_file):
            return "default"
        return "env" if self.name in os.environ else ".env"

    def text(self, from_file: Mapping[str, str]) -> str | None:
        """What the environment or the file gives it, None when neither does."""
        return os.environ.get(self.name, from_file.get(self.name)) or None

    def value(self, text: str | None) -> Any:
        """The text as its field has it, or as it stands where it does not fit; the default where there is none."""
        if not text:
            return self.default
        annotation: Any = self.owners[0].model_fields[self.field].annotation
        try:
            given = from_environment(self.owners[0], {self.name: text})[self.field]
            return TypeAdapter(annotation).dump_python(TypeAdapter(annotation).validate_python(given), mode="json")
        except (InvalidInput, ValidationError):
            return text

    def problem(self, text: str) -> str | None:
        """Why the text does not fit one of its fields, in words that do not repeat it."""
        for owner in self.owners:
            try:
                is_setting = owner is Settings  # they take a list with commas too
                owner.model_validate({self.field: text} if is_setting else from_environment(owner, {self.name: text}))
            except InvalidInput:
                return 'is a list or a mapping: write it as JSON, e.g. ["q_proj","v_proj"]'
            except ValidationError as error:
                for found in error.errors():
                    if found["loc"][:1] == (self.field,):
                        return str(found["msg"]).removeprefix("Value error, ")
        return None


@cache
def variables() -> dict[str, Variable]:
    """All of them by name: settings first, then the parameters in the order of the recipes."""
    table: dict[str, Variable] = {}
    for group in reversed(Settings.__mro__):
        if issubclass(group, SettingGroup):
            for name in group.__annotations__:
                if name in Settings.model_fields:
                    _enter(table, Settings, name, group.title, needs_restart=group.needs_restart)
    for kind in RECIPES.values():
        for heading, names in groups_of(kind):
            for name in names:
                if _reads_environment(kind, name):
                    _enter(table, kind, name, heading.title, needs_restart=False)
    return table


def _enter(table: dict[str, Variable], owner: type[BaseModel], name: str, group: str, *, needs_restart: bool) -> None:
    """Add a field to the table; a variable that is there already gets one more owner."""
    schema = _properties(owner)[name]
    known = table.get(name.upper())
    told = known or Variable(
        name=name.upper(),
        group=group,
        help=" ".join(schema.get("description", "").split()),
        default=schema.get("default"),
        schema={key: value for key, value in schema.items() if key not in ("title", "description", "default")},
        is_secret=plain_type(owner.model_fields[name].annotation) is SecretStr,
        is_editable=True,
        needs_restart=needs_restart,
        owners=(),
    )
    table[told.name] = replace(
        told, is_editable=told.is_editable and _is_editable(schema), owners=(*told.owners, owner)
    )


@cache
def _properties(owner: type[BaseModel]) -> dict[str, Any]:
    """The schema of each field; making it takes 10 ms and is the same every time."""
    properties: dict[str, Any] = owner.model_json_schema()["properties"]
    return properties


def _reads_environment(kind: type[Params], name: str) -> bool:
    extra = kind.model_fields[name].json_schema_extra
    is_managed = isinstance(extra, dict) and extra.get("x-managed")
    return not (is_managed or name in NEVER_FROM_ENVIRONMENT or name in kind.never_from_environment)


def _is_editable(schema: Mapping[str, Any]) -> bool:
    """Not what is read-only, nor a path, except a model's, which may be a name of the hub."""
    if schema.get("readOnly"):
        return False
    return schema.get("x-widget") == "model" or "path" not in _formats(schema)


def _formats(schema: Any) -> Iterator[str]:
    """Every `format` in a schema, those of its choices and items too."""
    if isinstance(schema, Mapping):
        if isinstance(schema.get("format"), str):
            yield schema["format"]
        for part in (*schema.get("anyOf", ()), schema.get("items")):
            yield from _formats(part)
