"""Sweeps: the runs of one configuration with several values, planned, and queued all or none."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from backend.core.cli import resolve
from backend.core.environment.settings import environment
from backend.core.errors import InvalidInput, NotFound
from backend.core.params import Params, TrainParams
from backend.core.params.base import Name
from backend.core.sweeps import LONGEST_NAME, MOST_RUNS, SweepRun, runs_of
from backend.jobs import admission
from backend.jobs.kinds import JobKind
from backend.jobs.labels import SWEEP, Tags
from backend.jobs.models import Job
from backend.jobs.planning import COUNTING, Ground, ground
from backend.jobs.service import Service

LONGEST_SWEEP = 60
"""Letters of a sweep's name: its tag has room for them."""
GROUNDING = (
    *COUNTING, "dataset_path", "eval_dataset_path", "base_model_name", "device", "completion_only_loss",
    "num_processes",
)  # fmt: skip
"""Parameters on which the ground of an estimate hangs; it is looked at once for all runs that share them."""


class Sweep(BaseModel):
    """What is asked for."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field("train", max_length=64)
    params: dict[str, JsonValue] = Field(max_length=200)
    """What all runs share, as the route of the kind takes it"""
    vary: dict[str, Annotated[list[JsonValue], Field(min_length=1, max_length=MOST_RUNS)]] = Field(
        min_length=1, max_length=8
    )
    """Values by field; each combination is a run"""
    name: Name | None = None
    """Of the sweep; empty = as the runs are called"""
    tags: Tags = Field(default_factory=list)
    """Further tags of every run"""


class PlannedRun(BaseModel):
    """A run, and what it is expected to take."""

    name: str
    values: dict[str, JsonValue]
    steps: int
    seconds: float | None
    total_bytes: int


class SweepPlan(BaseModel):
    """What a sweep is expected to take; its runs go one after the other."""

    runs: list[PlannedRun]
    seconds: float | None
    """Of all together; null where nobody knows"""
    most_bytes: int
    available_bytes: int | None


def planned(service: Service, sweep: Sweep) -> SweepPlan:
    """Tokens, memory and time of every run.

    Raises:
        InvalidInput: the kind cannot be estimated, there are too many runs, or one could not be started.
    """
    if sweep.kind != "train":
        raise InvalidInput("Only a sweep of training runs can be estimated.", "kind")
    kind = kind_of(service, sweep)
    grounds: dict[str, Ground] = {}
    runs, room = [], None
    for run, params in _runs(kind, sweep, unnamed="unnamed"):
        assert isinstance(params, TrainParams)
        key = params.model_dump_json(include=set(GROUNDING))
        on = grounds[key] = grounds.get(key) or ground(service, params)
        found = on.estimate(params)
        room = found.memory.available_bytes
        runs.append(
            PlannedRun(
                name=run.name,
                values=run.values,
                steps=found.steps,
                seconds=found.seconds,
                total_bytes=found.memory.total_bytes,
            )
        )
    known = [run.seconds for run in runs if run.seconds is not None]
    return SweepPlan(
        runs=runs,
        seconds=round(sum(known), 1) if len(known) == len(runs) else None,
        most_bytes=max(run.total_bytes for run in runs),
        available_bytes=room,
    )


def queue_sweep(service: Service, sweep: Sweep, key: str | None) -> tuple[str, list[Job]]:
    """Queue every run of a sweep, or none; they are durable when this returns.

    Args:
        key: the client's idempotency key; a repeated request gets the jobs of the first one.

    Returns:
        The sweep's name, and its jobs.

    Raises:
        PipelineError: as `Service.submit` does, for the first run that could not be queued.
    """
    kind, store = kind_of(service, sweep), service.store
    digest = hashlib.sha256(sweep.model_dump_json().encode()).hexdigest()
    with store.locked():
        if key and (known := _known(store, key, digest)):
            return _sweep_of(known[0]), known
        name = _unused(store, sweep.name or str(sweep.params.get(_naming(kind)) or kind.name))
        runs = _runs(kind, sweep)
        admission.require_room(store, len(runs))
        tags = tuple(dict.fromkeys([f"{SWEEP}{name}", *sweep.tags]))
        jobs = [
            admission.prepared(
                store, kind, params, service.settings, _key(key, at) if key else None, digest, tags=tags, turn=at
            )
            for at, (_, params) in enumerate(runs)
        ]
        # Only now, when nothing can be refused any more, is anything entered.
        before = {job.id: service.downloads_before(kind, params) for job, (_, params) in zip(jobs, runs, strict=True)}
        jobs = [job.model_copy(update={"after": tuple(other.id for other in before[job.id])}) for job in jobs]
        store.put_together(jobs)
    service.runner.notify()
    return name, jobs


def kind_of(service: Service, sweep: Sweep) -> JobKind:
    """The kind of its jobs. Raises NotFound."""
    try:
        return service.kinds[sweep.kind]
    except KeyError:
        raise NotFound("There is no such kind of job; GET /job-kinds lists them.") from None


def _runs(kind: JobKind, sweep: Sweep, unnamed: str | None = None) -> list[tuple[SweepRun, Params]]:
    """The runs with their parameters, over the environment's. Raises InvalidInput."""
    naming = _naming(kind)
    name = sweep.params.get(naming) or unnamed
    if not isinstance(name, str) or not name:
        raise InvalidInput(f"{naming} is empty: give the runs a name.", naming)
    for taken in {naming, "output_dir"} & (set(sweep.vary) | (set(sweep.params) - {naming})):
        raise InvalidInput("Every run of a sweep gets a place of its own by its name: leave this out.", taken)
    return [(run, _params(kind, sweep.params, run, naming)) for run in runs_of(name, sweep.vary)]


def _params(kind: JobKind, shared: Mapping[str, Any], run: SweepRun, naming: str) -> Params:
    try:
        return resolve(kind.params, {**shared, **run.values, naming: run.name}, environment())
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])[:LONGEST_NAME] if first["loc"] else None
        message = str(first["msg"]).removeprefix("Value error, ")
        raise InvalidInput(f"{run.name}: {message}", field) from None


def _naming(kind: JobKind) -> str:
    """The field that names what a run makes. Raises InvalidInput."""
    if "adapter_name" in kind.params.model_fields:
        return "adapter_name"
    if kind.makes is None:
        raise InvalidInput(
            f"{kind.title} runs make nothing that has a name of its own: queue them one by one.", "kind"
        )
    return kind.makes


def _key(key: str, at: int) -> str:
    return f"sweep {at} {key}"


def _known(store: Mapping[str, Job], key: str, digest: str) -> list[Job]:
    """The jobs that came with this key. Raises KeyReused."""
    keys = {_key(key, at) for at in range(MOST_RUNS)}
    return [admission.require_same(job, digest) for job in list(store.values()) if job.idempotency_key in keys]


def _sweep_of(job: Job) -> str:
    return next(tag.removeprefix(SWEEP) for tag in job.tags if tag.startswith(SWEEP))


def _unused(store: Mapping[str, Job], name: str) -> str:
    """The name, with a number when another sweep has it."""
    taken = {tag for job in list(store.values()) for tag in job.tags}
    wanted = " ".join(name.replace(",", " ").split())[:LONGEST_SWEEP] or uuid4().hex[:8]
    numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    return next(one for one in (wanted, *numbered) if f"{SWEEP}{one}" not in taken)
