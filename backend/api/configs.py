"""Configurations: read from what people paste, written as YAML, saved under a name."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from backend.api.deps import ServiceDep
from backend.core.errors import NotFound
from backend.core.params.base import Name
from backend.core.pasted import LONGEST, Reading, written
from backend.core.paths import shown
from backend.jobs import configurations
from backend.jobs.configurations import Configuration
from backend.jobs.kinds import JobKind

router = APIRouter(tags=["configurations"])

KindName = Annotated[str, Path(max_length=64, description="Of GET /job-kinds, e.g. `train`")]
ConfigName = Annotated[Name, Path(description="Letters, digits, dot, dash and underscore")]
Params = Annotated[dict[Annotated[str, StringConstraints(max_length=64)], JsonValue], Field(max_length=200)]


def _kind(kind: KindName, service: ServiceDep) -> JobKind:
    try:
        return service.kinds[kind]
    except KeyError:
        raise NotFound("There is no such kind of job; GET /job-kinds lists them.") from None


KindDep = Annotated[JobKind, Depends(_kind)]


class Body(BaseModel):
    """Base of what is sent here."""

    model_config = ConfigDict(extra="forbid")


class Pasted(Body):
    """A text to be read."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]
    """YAML, JSON, or a command line of the kind's program"""


class Given(Body):
    """Parameters, as the route of the kind takes them; some may be missing."""

    params: Params


class Written(BaseModel):
    """Parameters as a file."""

    yaml: str
    """What `--config` takes"""


class SavedConfig(BaseModel):
    """A saved configuration."""

    name: str
    kind: str
    saved_at: datetime
    path: str
    """For `--config`"""


class WholeConfig(SavedConfig):
    """With what it says."""

    yaml: str
    reading: Reading


class ConfigList(BaseModel):
    """The saved configurations of a kind, by name."""

    configs: list[SavedConfig]


@router.post("/job-kinds/{kind}/read")
def read_params(kind: KindDep, pasted: Pasted, service: ServiceDep) -> Reading:
    """The parameters that a text gives, with what in it has no place."""
    return configurations.read_for_form(service.settings, kind, pasted.text)


@router.post("/job-kinds/{kind}/write")
def write_params(kind: KindDep, given: Given) -> Written:
    """Parameters as YAML."""
    return Written(yaml=written(given.params))


@router.get("/configs/{kind}")
def list_configs(kind: KindDep, service: ServiceDep) -> ConfigList:
    """The saved configurations of a kind."""
    found = configurations.saved(service.settings, kind)
    return ConfigList(configs=[_shown(kind, configuration) for configuration in found])


@router.get("/configs/{kind}/{name}")
def get_config(kind: KindDep, name: ConfigName, service: ServiceDep) -> WholeConfig:
    """A saved configuration, as YAML and as values."""
    found = configurations.find(service.settings, kind, name)
    text = configurations.text_of(found)
    reading = configurations.read_for_form(service.settings, kind, text or "{}")
    return WholeConfig(**_shown(kind, found).model_dump(), yaml=text, reading=reading)


@router.put("/configs/{kind}/{name}")
def save_config(kind: KindDep, name: ConfigName, given: Given, service: ServiceDep) -> SavedConfig:
    """Save parameters under a name, in place of those that had it."""
    return _shown(kind, configurations.save(service.settings, kind, name, given.params))


@router.delete("/configs/{kind}/{name}", status_code=204)
def delete_config(kind: KindDep, name: ConfigName, service: ServiceDep) -> None:
    """Delete a saved configuration."""
    configurations.delete(service.settings, kind, name)


def _shown(kind: JobKind, configuration: Configuration) -> SavedConfig:
    return SavedConfig(
        name=configuration.name,
        kind=kind.name,
        saved_at=configuration.saved_at,
        path=shown(configuration.path),
    )
