"""Which of the places a job runs in."""

from __future__ import annotations

from collections.abc import Callable

from backend.core.environment.settings import Settings, cluster_as_environment, folders_as_environment
from backend.jobs.execution.executor import Executor
from backend.jobs.execution.local import LocalExecutor
from backend.jobs.execution.ray import RayExecutor
from backend.jobs.folder import JobFolder
from backend.jobs.kinds import JobKind
from backend.jobs.models import Job


class Executors:
    """The places that the settings know.

    Args:
        settings: of the machine.
        folder_of: the folder of a job id.
    """

    def __init__(self, settings: Settings, folder_of: Callable[[str], JobFolder]) -> None:
        folders = folders_as_environment(settings)
        cluster = {**folders, **cluster_as_environment(settings)}
        self._settings = settings
        self._is_ray = settings.executor == "ray"
        self._folder_of = folder_of
        self.local = LocalExecutor(folders)
        self.ray = RayExecutor(cluster, auto_resume=settings.auto_resume)

    @property
    def sentence(self) -> str:
        """Where training runs, for people."""
        return f"on the Ray cluster at {self._settings.ray_address}" if self._is_ray else "on this machine"

    def for_kind(self, kind: JobKind) -> Executor:
        """Where a new job of this kind runs."""
        return self.ray if self._is_ray and kind.travels else self.local

    def for_job(self, job: Job, kind: JobKind) -> Executor:
        """Where a job runs: one whose run is on the cluster is brought home from there, whatever the settings say."""
        return self.ray if self.goes_on(job) else self.for_kind(kind)

    def goes_on(self, job: Job) -> bool:
        """Whether its run goes on, or went on, without the service."""
        return self.ray.goes_on(self._folder_of(job.id))

    def abandon(self, job: Job) -> None:
        """Have a run that goes on without the service end, if there is one."""
        self.ray.abandon(self._folder_of(job.id))
