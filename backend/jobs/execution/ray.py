"""On a Ray cluster: a carrier (`backend.cluster.carrier`) here stands for the run there.

It is a child process like any other, so that whatever watches, shows and ends a run need not know where it is. Ray
is loaded there alone: the service works without the package, and says so when it is needed.
"""

from __future__ import annotations

import importlib.util
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from threading import Thread

from backend.core.errors import InvalidInput, MissingDependency
from backend.core.paths import PROJECT_ROOT
from backend.core.runs.away import PROGRAM_VARIABLE, submission_away
from backend.jobs.child import Child, child_environment
from backend.jobs.folder import JobFolder
from backend.jobs.kinds import JobKind
from backend.jobs.models import Job
from backend.jobs.outcome import StopIntent
from backend.jobs.vitals import Limits

CARRIER = PROJECT_ROOT / "backend" / "cluster" / "carrier.py"
FAREWELL = "backend.cluster.farewell"
KEYS = frozenset({"RAY_AUTH_TOKEN"})
SHIPPING_SECONDS = 600.0
"""A stopped run's last checkpoint must come home after its grace: at 1 MB/s that is one of 600 MB."""
JOB_SERVER = re.compile(r"https?://[^/\s]+")
FORCE_SECONDS = 10.0
"""For the carrier to tell the cluster that a run must end now."""


class CarriedRun(Child):
    """The carrier of a run."""

    leaves_with_service = True
    """Whether the run goes on when the service stops"""

    def ask_to_stop(self, intent: StopIntent) -> None:
        """TERM for a checkpoint and the end; HUP = the service alone stops, and the run goes on."""
        leaves = intent is StopIntent.shutdown and self.leaves_with_service
        self._signal(signal.SIGHUP if leaves else signal.SIGTERM)

    def kill(self) -> int | None:
        """USR2: the run there ends at once, and then the carrier; KILL to that if it does not."""
        self._signal(signal.SIGUSR2)
        code = self.wait(FORCE_SECONDS)
        return super().kill() if code is None else code


class RayExecutor:
    """Has jobs run on the nodes of a Ray cluster.

    Args:
        environ: the settings of the folders and of the cluster, as variables.
        auto_resume: whether a run is taken up again when the service is back; else it is stopped with the service.
    """

    is_here = False

    def __init__(self, environ: Mapping[str, str], *, auto_resume: bool) -> None:
        self._environ = environ
        self._auto_resume = auto_resume

    def require_ready(self) -> None:
        """Raises MissingDependency without the package, InvalidInput for an address that is none of a job server."""
        if importlib.util.find_spec("ray") is None:
            raise MissingDependency(
                "EXECUTOR is ray, and the package is not installed: pip install '.[ray]', then try again; or set "
                "EXECUTOR=local to train on this machine."
            )
        if not JOB_SERVER.match(self._environ["RAY_ADDRESS"]):
            raise InvalidInput(
                "RAY_ADDRESS is not the address of a Ray job server: give that of the cluster's dashboard, "
                "http://<head>:8265."
            )

    def limits(self, usual: Limits) -> Limits:
        """With time to bring the last checkpoint home."""
        return replace(usual, grace_seconds=usual.grace_seconds + SHIPPING_SECONDS)

    def start(self, job: Job, kind: JobKind, folder: JobFolder) -> CarriedRun:
        """Start the carrier. Raises OSError, and MissingDependency without the package."""
        self.require_ready()
        program = kind.program.relative_to(PROJECT_ROOT).as_posix()
        run = CarriedRun(job.id, CARRIER, folder.path, {**self._environ, PROGRAM_VARIABLE: program}, KEYS)
        run.leaves_with_service = self._auto_resume
        return run

    def goes_on(self, folder: JobFolder) -> bool:
        """Whether what came of its run is not at home yet."""
        return submission_away(folder.path) is not None

    def abandon(self, folder: JobFolder) -> None:
        """Have a process of its own tell the cluster."""
        submission = submission_away(folder.path)
        if submission is None:
            return
        process = subprocess.Popen(
            [sys.executable, "-m", FAREWELL, submission],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=PROJECT_ROOT,
            env=child_environment(self._environ, KEYS),
            start_new_session=True,
        )
        Thread(target=process.wait, name="farewell", daemon=True).start()
