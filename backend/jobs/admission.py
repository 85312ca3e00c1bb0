"""Taking a job in: checked against the machine, refused when it would collide, durable before it is acknowledged."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from backend.core.environment.settings import Settings
from backend.core.errors import Conflict, InvalidInput
from backend.core.params import Params
from backend.core.paths import normalise_path, shown
from backend.core.registry import AdapterRegistry, RegistryUnreadable
from backend.core.runs.folder import CHECKPOINTS
from backend.core.storage.files import partial_of, remove_folder
from backend.jobs.confine import confined
from backend.jobs.kinds import JobKind
from backend.jobs.models import Job, JobStatus, now
from backend.jobs.recovery import has_published, requeued
from backend.jobs.store import JobStore

QUEUE_LIMIT = 1000
LONGEST_NAME = 80


class QueueFull(Conflict):
    """Too many jobs wait already."""


class KeyReused(InvalidInput):
    """An idempotency key came back with another request."""


def admit(
    store: JobStore,
    kind: JobKind,
    params: Params,
    settings: Settings,
    key: str | None = None,
    after: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
) -> tuple[Job, bool]:
    """Enter a job at the end of the queue.

    Args:
        params: validated parameters as the client gave them, over the environment's defaults.
        key: the client's idempotency key; a repeated request gets the job of the first one.
        after: ids of jobs that must succeed before this one starts; if one does not, this one fails with it.
        tags: by which it is found again.

    Returns:
        The job, and whether it is new.

    Raises:
        InvalidInput: a path or name leads outside its folder or names nothing, or a field asks for what is no job.
        KeyReused: the key belongs to another request.
        Conflict: the output exists, or an unfinished job makes it.
        QueueFull: the queue is at its limit.
    """
    # All under one lock: the twin of a request that is just being taken in must find its job, not a conflict with it.
    with store.locked():
        if known := repeated(store, kind, params, key):
            return known, False
        digest = _digest(kind, params) if key else None
        job = prepared(store, kind, params, settings, key, digest, after=after, tags=tags)
        store[job.id] = job
    return job, True


def prepared(
    store: JobStore,
    kind: JobKind,
    params: Params,
    settings: Settings,
    key: str | None,
    digest: str | None,
    *,
    after: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
    turn: int = 0,
) -> Job:
    """A job that could enter the queue now; nothing has changed. Raises as `admit` does.

    Args:
        digest: of the request that came with the key.
        turn: how many others will enter before it.
    """
    ready = admissible(store, kind, params, settings)
    target = _target_of(kind, ready)
    return Job(
        id=uuid4().hex,
        kind=kind.name,
        name=_name_of(kind, ready, target),
        params=ready,
        target=target,
        after=after,
        tags=tags,
        turn=_next_turn(store) + turn,
        created_at=now(),
        idempotency_key=key,
        request_digest=digest,
    )


def repeated(store: Mapping[str, Job], kind: JobKind, params: Params, key: str | None) -> Job | None:
    """The job that came with this idempotency key before. Raises KeyReused."""
    return _known(store, key, _digest(kind, params)) if key else None


def admissible(store: JobStore, kind: JobKind, params: Params, settings: Settings) -> dict[str, Any]:
    """Every parameter as the run will read it, of a job that could enter the queue now. Raises as `admit` does."""
    ready = checked(kind, params, settings)
    target = _target_of(kind, ready)
    _require_own_name(target, settings)
    _require_free(store, target)
    _require_no_checkpoints(target)
    return ready


def _target_of(kind: JobKind, ready: Mapping[str, Any]) -> str | None:
    return ready.get(kind.makes) if kind.makes else None


def checked(kind: JobKind, params: Params, settings: Settings) -> dict[str, Any]:
    """What `ready_to_run` gives, of parameters that a job may have. Raises InvalidInput."""
    _require_a_job(kind, params)
    ready = ready_to_run(kind, params, settings)
    if kind.one_of and not any(ready.get(name) for name in kind.one_of):
        raise InvalidInput(f"Give {' or '.join(kind.one_of)}: there is nothing to work on.", kind.one_of[0])
    return ready


def ready_to_run(kind: JobKind, params: Params, settings: Settings) -> dict[str, Any]:
    """Every parameter with its paths made absolute, as the run will read them.

    Raises:
        InvalidInput: see `confined`; also when an adapter comes without a name.
    """
    ready = {**params.model_dump(mode="json"), **confined(params, settings)}
    if "adapter_name" in ready and not ready["adapter_name"]:
        raise InvalidInput("adapter_name is empty: give the adapter a name.", "adapter_name")
    if ready.get("adapter_name") and not ready.get("output_dir"):
        ready["output_dir"] = str(settings.model_output_dir / ready["adapter_name"])
    for name, setting in kind.places.items():
        ready[name] = str(getattr(settings, setting))
    return type(params).model_validate(ready).model_dump(mode="json")


def _require_a_job(kind: JobKind, params: Params) -> None:
    """Raises InvalidInput for a field that the command line has and a job has not; it says where to go."""
    for name, place in kind.elsewhere.items():
        if getattr(params, name) != type(params).model_fields[name].default:
            raise InvalidInput(place, name)


def _name_of(kind: JobKind, ready: Mapping[str, Any], target: str | None) -> str:
    made = Path(target).name if target else None
    models = [Path(model).name for model in ready.get("models") or ()]
    contest = f"{models[-1]} against {models[0]}" if len(models) > 1 else "".join(models)
    given = ready.get("adapter_name") or made or ready.get("tag") or ready.get("name") or contest
    topic = " ".join(str(ready.get("topic") or "").split())[:LONGEST_NAME]
    return str(given or topic or ready.get("model") or kind.title)


def _require_own_name(target: str | None, settings: Settings) -> None:
    """Raises Conflict when an adapter that lies elsewhere has the name: the registry would lose it."""
    if target is None:
        return
    path = Path(target)
    try:
        adapters = AdapterRegistry(settings.adapter_config_path).read().adapters
    except RegistryUnreadable:  # told where adapters are listed; a run takes time in which it can be mended
        return
    for adapter in adapters:
        folder = normalise_path(adapter.path)
        if adapter.name == path.name and folder.is_dir() and folder.resolve() != path:
            raise Conflict(f"The adapter {adapter.name!r} lies in {shown(folder)} already: choose another name.")


def readmit(store: JobStore, job_id: str) -> Job:
    """Put a job that ended without success at the end of the queue, to continue where it stopped.

    Raises:
        NotFound: no such job.
        Conflict: it has not ended, ended well, cannot be resumed, or its output is taken.
    """
    with store.locked():
        job = store.require(job_id)
        if not job.status.is_resumable:
            raise Conflict(f"The job is {job.status.value}; only one that ended without success can be resumed.")
        if "resume" not in job.params:
            raise Conflict(f"A {job.kind} job cannot be resumed: start a new one.")
        _require_predecessors(store, job)
        _require_free(store, job.target, published=job.target is not None and has_published(job.target))
        after = tuple(before for before in job.after if before in store)  # a person deleted the others
        return store.change(job_id, **requeued(job), after=after, turn=_next_turn(store), attempts=0)


def _require_predecessors(store: JobStore, job: Job) -> None:
    """Raises Conflict when a job that this one waits for has failed: it would fail with it again at once."""
    for before in filter(None, map(store.get, job.after)):
        if before.status in (JobStatus.failed, JobStatus.cancelled):
            raise Conflict(
                f"The job waits for {before.name!r}, which ended ({before.status.value}): resume that one first, or "
                "start a new job."
            )


def follower_of(store: JobStore, job_id: str) -> Job | None:
    """An unfinished job that waits for this one."""
    return next((job for job in list(store.values()) if job_id in job.after and not job.status.is_final), None)


def _require_free(store: JobStore, target: str | None, *, published: bool = False) -> None:
    require_room(store)
    if target is None:
        return
    path = Path(target)
    if is_claimed(store, target):
        raise Conflict(f"Another job is about to make {shown(path)}: choose another name.")
    if (path.is_symlink() or path.exists()) and not published:  # a link is taken, whatever is at its end
        raise Conflict(f"The output folder {shown(path)} exists already: choose another name, or delete it first.")


def require_room(store: JobStore, count: int = 1) -> None:
    """Raises QueueFull when so many more jobs would be too many."""
    waiting = sum(not job.status.is_final for job in store.values())
    if waiting + count > QUEUE_LIMIT:
        raise QueueFull(f"{waiting} of {QUEUE_LIMIT} jobs are waiting already: try again when some have ended.")


def is_claimed(store: JobStore, target: str | None) -> bool:
    """Whether an unfinished job makes this folder."""
    return any(job.target == target for job in list(store.values()) if not job.status.is_final)


def _require_no_checkpoints(target: str | None) -> None:
    if target and any((partial_of(Path(target)) / CHECKPOINTS).glob("checkpoint-*")):
        raise Conflict(
            f"An unfinished run of {shown(Path(target))} has checkpoints: resume its job, or delete that job to start "
            "afresh."
        )


def discard_unfinished(job: Job) -> None:
    """Remove what an unfinished run of the job left for a resume."""
    if job.target and partial_of(Path(job.target)).is_dir():
        remove_folder(partial_of(Path(job.target)))


def _next_turn(store: JobStore) -> int:
    return max((job.turn for job in store.values()), default=0) + 1


def _known(store: Mapping[str, Job], key: str, digest: str) -> Job | None:
    """The job that came with this key. Raises KeyReused."""
    job = next((job for job in list(store.values()) if job.idempotency_key == key), None)
    return require_same(job, digest) if job else None


def require_same(job: Job, digest: str) -> Job:
    """The job, when it came with this request. Raises KeyReused."""
    if job.request_digest != digest:
        raise KeyReused("This Idempotency-Key came with another request before: use a new key for a new job.")
    return job


def _digest(kind: JobKind, params: Params) -> str:
    content = json.dumps([kind.name, params.model_dump(mode="json")], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()
