"""On this machine: one child process per job."""

from __future__ import annotations

from collections.abc import Mapping

from backend.jobs.child import Child
from backend.jobs.folder import JobFolder
from backend.jobs.kinds import JobKind
from backend.jobs.models import Job
from backend.jobs.vitals import Limits


class LocalExecutor:
    """Runs recipes as child processes of the service, which die with it.

    Args:
        environ: further variables for every run.
    """

    is_here = True

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def require_ready(self) -> None:
        """Always."""

    def limits(self, usual: Limits) -> Limits:
        """As they are."""
        return usual

    def start(self, job: Job, kind: JobKind, folder: JobFolder) -> Child:
        """Start the recipe. Raises OSError."""
        return Child(job.id, kind.program, folder.path, self._environ, kind.secrets, online=kind.goes_online)

    def goes_on(self, folder: JobFolder) -> bool:
        """Never."""
        return False

    def abandon(self, folder: JobFolder) -> None:
        """Nothing to do."""
