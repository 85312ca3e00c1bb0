"""The settings of the machine and the defaults of the runs, as `.env` and the environment have them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, JsonValue, StringConstraints, ValidationError

from backend.api.deps import ServiceDep
from backend.api.errors import Refusal
from backend.api.guard.host import check_host
from backend.core.environment.env_file import LONGEST_VALUE, EnvFile
from backend.core.environment.sections import section_of, sections
from backend.core.environment.settings import Settings, env_file
from backend.core.environment.variable_changes import BadVariables, change_variables
from backend.core.environment.variables import Source, Variable, variables
from backend.core.paths import shown

router = APIRouter(prefix="/settings", tags=["settings"])

TOLD_FROM = 12
"""Letters from which on a secret's last four are told: of a short one they would be too much."""

Name = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
Words = Annotated[str, StringConstraints(max_length=LONGEST_VALUE)]
Number = Annotated[int, Field(ge=-(2**53), le=2**53)] | Annotated[float, Field(ge=-1e15, le=1e15)]
Value = bool | Number | Words | Annotated[list[bool | Number | Words], Field(max_length=200)] | None
Mapped = Annotated[dict[Annotated[str, StringConstraints(max_length=200)], Words], Field(max_length=200)]
Changes = Annotated[dict[Name, Value | Mapped], Field(min_length=1, max_length=200), Body()]


class SecretState(BaseModel):
    """What is told of a secret."""

    set: bool
    last4: str | None
    """Its last four letters, when it has enough of them"""


class Setting(BaseModel):
    """A variable of the environment and `.env`."""

    name: str
    section: str
    """Id of the part it stands in"""
    group: str
    """The heading it stands under there"""
    help: str
    value: JsonValue | SecretState
    """What counts now; of a secret, whether there is one"""
    default: JsonValue
    source: Source
    """`env`, the environment, goes before `.env`, the file; what neither sets has its default"""
    secret: bool
    editable: bool
    """Whether PUT /settings takes it"""
    locked_by: Literal["environment", "owner"] | None
    """Why it does not: `environment` has it, which goes first; paths and who may call are the machine's `owner`'s"""
    needs_restart: bool
    """Whether a change counts when the service starts the next time, not with the next run"""
    awaits_restart: bool
    """Whether the service still works with another value than this one"""
    json_schema: dict[str, JsonValue] = Field(serialization_alias="schema")
    """Type and limits"""


class SettingSection(BaseModel):
    """A part of the settings."""

    id: str
    title: str
    help: str
    of_runs: bool
    """Whether it holds defaults of runs, not settings of the machine"""


class SettingList(BaseModel):
    """All of them, in reading order."""

    file: str
    """What PUT /settings writes"""
    sections: list[SettingSection]
    settings: list[Setting]


@router.get("")
def read_settings(service: ServiceDep) -> SettingList:
    """Every setting with its value and where it comes from; secrets are never told."""
    file = EnvFile(env_file())
    from_file = file.values()
    awaited = service.awaits_restart()
    return SettingList(
        file=shown(file.path),
        sections=[SettingSection.model_validate(vars(section)) for section in sections()],
        settings=[_shown(known, from_file, known.field in awaited) for known in variables().values()],
    )


@router.put("")
def change_settings(changes: Changes, request: Request, service: ServiceDep) -> SettingList:
    """Write settings into `.env`, all of them or none; null takes one back to its default."""
    problems: Mapping[str, str] = _unreachable(changes, request)
    try:
        if not problems:
            change_variables(EnvFile(env_file()), changes)
    except BadVariables as error:
        problems = error.problems
    if problems:
        raise refused(problems)
    return read_settings(service)


def refused(problems: Mapping[str, str]) -> RequestValidationError:
    """The error for values that cannot be set, each told at its field."""
    return RequestValidationError(
        [{"loc": ("body", name), "msg": why, "type": "value_error"} for name, why in problems.items()]
    )


def _shown(variable: Variable, from_file: Mapping[str, str], awaits_restart: bool) -> Setting:
    text = variable.text(from_file)
    locked_by = "owner" if not variable.is_editable else "environment" if variable.name in os.environ else None
    secret = SecretState(set=bool(text), last4=text[-4:] if text and len(text) >= TOLD_FROM else None)
    return Setting(
        name=variable.name,
        section=section_of(variable),
        group=variable.group,
        help=variable.help,
        value=secret if variable.is_secret else variable.value(text),
        default=variable.default,
        source=variable.source(from_file),
        secret=variable.is_secret,
        editable=locked_by is None,
        locked_by=locked_by,
        needs_restart=variable.needs_restart,
        awaits_restart=awaits_restart,
        json_schema=dict(variable.schema),
    )


def _unreachable(changes: Mapping[str, Any], request: Request) -> dict[str, str]:
    """Names that would no longer hold the one by which this request came: its sender could not come back."""
    if "ALLOWED_HOSTS" not in changes:
        return {}
    given = changes["ALLOWED_HOSTS"] or variables()["ALLOWED_HOSTS"].default
    try:
        check_host(request, Settings.model_validate({"allowed_hosts": given}))
    except ValidationError:  # told with the others
        return {}
    except Refusal:
        return {"ALLOWED_HOSTS": "The name by which this page reached the service must stay in the list."}
    return {}
