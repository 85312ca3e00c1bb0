"""The wishes of the service, on their way to the run."""

from __future__ import annotations

from pathlib import Path

from backend.cluster import names
from backend.cluster.link import Link
from backend.cluster.wishes import Wish
from backend.core.runs.request import is_asked_to_finish


class PassingOn:
    """Tells the cluster what the service wants of a run, each wish once.

    Args:
        link: the way to the cluster.
        submission: the attempt.
        job_dir: the job's folder at home, where a wish to finish is left.
    """

    def __init__(self, link: Link, submission: str, job_dir: Path) -> None:
        self._link = link
        self._submission = submission
        self._job_dir = job_dir
        self._told = Wish.go_on
        self._is_finish_told = False

    def tell(self, wish: Wish) -> None:
        """Pass on what is new."""
        if wish > self._told:
            if wish is Wish.force:
                self._leave(names.FORCE)
            self._link.jobs.stop(self._submission)
            self._told = wish
        if not self._is_finish_told and is_asked_to_finish(self._job_dir):
            self._leave(names.FINISH)
            self._is_finish_told = True

    def _leave(self, name: str) -> None:
        self._link.depot.write(f"{self._submission}/{names.WISHES}/{name}", b"")
