"""What can be run, described so that a form can be drawn from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field, JsonValue, TypeAdapter

from backend.api.deps import ServiceDep
from backend.core.environment.defaults import from_environment
from backend.core.environment.settings import environment
from backend.core.params import Params, groups_of
from backend.core.paths import shown
from backend.jobs.kinds import JobKind
from backend.jobs.presets import presets_of

router = APIRouter(tags=["jobs"])


class FieldGroup(BaseModel):
    """Fields that belong together, in reading order."""

    id: str
    title: str
    fields: list[str]


class PresetValues(BaseModel):
    """A ready-made starting point."""

    id: str
    title: str
    description: str
    values: dict[str, JsonValue]


class KindDescription(BaseModel):
    """A kind of job."""

    kind: str
    title: str
    description: str
    path: str
    """Route that takes its submissions"""
    program: str
    """What does the same on the command line"""
    needs_gpu: bool
    groups: list[FieldGroup]
    json_schema: dict[str, JsonValue] = Field(serialization_alias="schema")
    """JSON Schema of its parameters; defaults are those of this machine"""
    presets: list[PresetValues]


class KindList(BaseModel):
    """Every kind."""

    job_kinds: list[KindDescription]


@router.get("/job-kinds")
def list_job_kinds(service: ServiceDep) -> KindList:
    """The kinds of jobs with their parameters, groups and presets."""
    environ, models = environment(), shown(service.settings.model_output_dir)
    return KindList(job_kinds=[describe(kind, environ, models) for kind in service.kinds.values()])


def describe(kind: JobKind, environ: Mapping[str, str], models: str) -> KindDescription:
    """A kind for the form.

    Args:
        environ: where defaults come from.
        models: the models folder, as a person would write it.
    """
    schema = schema_here(kind.params, environ)
    for name in kind.elsewhere:
        del schema["properties"][name]
    schema["required"] = [*kind.required, *(name for name in schema.get("required", []) if name not in kind.required)]
    if "output_dir" in kind.required:  # a request gives the name alone, the command line the whole path
        schema["properties"]["output_dir"]["x-folder"] = models
    groups = [
        (group, [name for name in names if name not in kind.elsewhere]) for group, names in groups_of(kind.params)
    ]
    return KindDescription(
        kind=kind.name,
        title=kind.title,
        description=kind.description,
        path=kind.path,
        program=shown(kind.program),
        needs_gpu=kind.needs_gpu,
        groups=[FieldGroup(id=group.__name__, title=group.title, fields=names) for group, names in groups],
        json_schema=schema,
        presets=[
            PresetValues(id=preset.id, title=preset.title, description=preset.description, values=preset.values)
            for preset in presets_of(kind.name)
        ],
    )


def schema_here(
    params: type[Params], environ: Mapping[str, str], fields: type[Params] | None = None
) -> dict[str, Any]:
    """The JSON Schema with the environment's values as defaults, as a submission would take them.

    Args:
        fields: take only the fields of this class from the environment; None = all.

    Raises:
        ValidationError: an environment variable does not fit its parameter.
    """
    schema = params.model_json_schema()
    for name, text in from_environment(fields or params, environ).items():
        annotation: Any = params.model_fields[name].annotation
        value = TypeAdapter(annotation).validate_python(text)
        schema["properties"][name]["default"] = value
        schema["required"] = [required for required in schema.get("required", []) if required != name]
    return schema
