"""Datasets and the jobs that read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from backend.core.data.changes import Changed, rename
from backend.core.errors import InUse, InvalidInput
from backend.jobs.models import Job
from backend.jobs.service import Service


@dataclass(frozen=True)
class Uses:
    """Jobs by the file they read.

    Args:
        all: of each file, how many jobs ever read it.
        unfinished: those of them that have not ended.
    """

    all: Counter[str]
    unfinished: Counter[str]

    def of(self, path: Path) -> int:
        """Jobs that ever read the file."""
        return max(self.all[name] for name in _names_of(path))

    def is_in_use(self, path: Path) -> bool:
        """Whether a job that has not ended reads the file."""
        return any(self.unfinished[name] for name in _names_of(path))


def uses_of(jobs: Iterable[Job]) -> Uses:
    """How often each file is read."""
    found, unfinished = Counter[str](), Counter[str]()
    for job in jobs:
        paths = set(_paths_in(job))
        found.update(paths)
        if not job.status.is_final:
            unfinished.update(paths)
    return Uses(found, unfinished)


def delete_dataset(service: Service, name: str, version: str) -> Changed:
    """Take a dataset away, so that it can be brought back for a while.

    Raises:
        NotFound: there is none of this name.
        InUse: an unfinished job reads it.
        Conflict: it is not the one that was seen.
    """
    path = service.datasets.find(name)
    with service.store.locked():  # no job may start to use it meanwhile
        require_unused(service, path)
        return service.datasets.changes.remove(path, version)


def rename_dataset(service: Service, name: str, version: str, new_name: str) -> Path:
    """Give a dataset another name of the same ending. Raises as `delete_dataset`, and Conflict when it is taken."""
    path = service.datasets.find(name)
    target = service.datasets.target(new_name)
    if target.suffix.lower() != path.suffix.lower():
        raise InvalidInput(
            f"{new_name!r} does not end in {path.suffix}: the ending tells the form. Export it to change that.", "name"
        )
    with service.store.locked():
        require_unused(service, path)
        rename(path, version, target)
    return target


def require_unused(service: Service, path: Path) -> None:
    """Raises InUse while an unfinished job reads the file."""
    for job in service.store.values():
        if not job.status.is_final and _names_of(path) & set(_paths_in(job)):
            raise InUse(f"{path.name} is read by the job {job.name!r}, which is {job.status.value}: cancel it first.")


def _names_of(path: Path) -> set[str]:
    """As jobs may name it: links in the data folder's own path are followed or not."""
    return {str(path), str(path.resolve())}


def _paths_in(job: Job) -> Iterator[str]:
    """Whatever parameter names them: those of a kind that is added later too."""
    for value in job.params.values():
        if isinstance(value, str) and "/" in value:
            yield value
        elif isinstance(value, list):
            yield from (one for one in value if isinstance(one, str) and "/" in one)
